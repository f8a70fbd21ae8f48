"""The colours of the curves in the tests."""

from explorer.ui.views.plots import Ink

INK = Ink(axis=(139, 147, 163), band=(31, 74, 110), train=(108, 196, 255), test=(255, 180, 84))
