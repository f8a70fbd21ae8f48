"""OKLab, in which equal distances look equal.

Ottosson, "A perceptual color space for image processing", 2020.
"""

from __future__ import annotations

import math

Rgb = tuple[int, int, int]
"""Red, green, blue, each 0..255."""
Lab = tuple[float, float, float]
"""Lightness, 0..1, and two opponent axes: green to red, blue to yellow."""


def _linear(channel: int) -> float:
    """One sRGB channel, 0..255, as light, 0..1."""
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> int:
    """Light, 0..1, as an sRGB channel, 0..255."""
    light = min(1.0, max(0.0, light))
    value = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * value)


def to_oklab(rgb: Rgb) -> Lab:
    """A colour as lightness and two opponent axes."""
    r, g, b = (_linear(channel) for channel in rgb)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lightness: float, a: float, b: float) -> Rgb:
    """The sRGB colour nearest to a point in OKLab."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
