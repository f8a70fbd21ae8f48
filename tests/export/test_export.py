"""Drawings of the autograd graph: their content, and that a file is written whole or not at all."""

from __future__ import annotations

import copy
import errno
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pygraphviz
import pytest
import torch
from kit.models import mnist_model
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torchviz import make_dot

from explorer.drawing.colours import ACTIVATIONS, STATE
from explorer.export.graph import graphviz, layout_process, style
from explorer.export.graph.dot import DEPTH, deep_recursion, draw_graph
from explorer.export.graph.span import STEP, Span, parse_span, unroll, whole
from explorer.export.names import check_output, choose_format, complete, free_path
from explorer.export.picture import export_graph
from explorer.system.errors import GatescopeError, UsageError
from models import CELLS
from models.hook import unchanged
from models.layer import Activation, RecurrentLayer
from models.registry import Cell, layer_class

every_cell = pytest.mark.parametrize("cell", list(CELLS))
WHOLE = whole(28)
spans = [STEP, unroll(1, 28), unroll(3, 28), WHOLE]
every_span = pytest.mark.parametrize("span", spans, ids=lambda span: span.name)


@pytest.fixture(autouse=True)
def one_thread():
    """Run torch on one thread: the machine may be shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class MixerStep(NamedTuple):
    p: Tensor
    q: Tensor
    s: Tensor
    h: Tensor


class Mixer(RecurrentLayer[MixerStep]):
    """An unforeseen cell: other names, an activation that is a bare tensor view, one left unused."""

    Step = MixerStep
    activations = (
        Activation("p", "keep < gate", "unit"),
        Activation("q", "raw share", "open"),
        Activation("s", "slow memory", "open"),
        Activation("h", "hidden state", "signed"),
    )
    state_fields = ("h", "s")
    blocks = 2

    def step(self, x_proj, state, through):
        h, s = state
        p, q = (x_proj + h @ self.weight_hh_l0.t() + self.bias_hh_l0).chunk(2, dim=1)
        p, q = through("p", p.sigmoid()), through("q", q)
        s = through("s", p * s + q)
        return MixerStep(p, q, s, through("h", s.sin()))


@pytest.fixture
def mixer(monkeypatch):
    """The cell above, registered like any other."""
    monkeypatch.setitem(CELLS, "mixer", Cell(f"{__name__}:Mixer", ("p", "q", "s", "h")))
    return mnist_model("mixer", 5)


def parsed(graph):
    """A graph as Graphviz reads it."""
    return pygraphviz.AGraph(string=graph.source)


def labels(graph):
    """The labels of the nodes, as lists of lines."""
    tree = parsed(graph)  # a node outlives its tree only as a dangling pointer
    return [[line.strip() for line in node.attr["label"].split("\n")] for node in tree.nodes()]


def activations(graph, layer):
    """The first lines of the nodes that carry an activation's name."""
    names = tuple(f"{activation.name} · {activation.label}" for activation in layer.activations)
    return sorted(label[0] for label in labels(graph) if label[0].startswith(names))


def texts(svg):
    """Every piece of text in an SVG, stripped."""
    return [(element.text or "").strip() for element in ElementTree.fromstring(svg).iter() if element.text]


def bold(graph):
    """The bold edges, by the first lines of their ends."""
    tree = parsed(graph)
    named = {node: node.attr["label"].split("\n")[0].strip() for node in tree.nodes()}
    return [(named[edge[0]], named[edge[1]]) for edge in tree.edges() if edge.attr["penwidth"] == "3"]


class TestSpan:
    @pytest.mark.parametrize(
        ("text", "span"),
        [("step", STEP), ("whole", WHOLE), ("1", Span("unroll", 1)), ("27", Span("unroll", 27))],
    )
    def test_a_span_is_step_or_whole_or_a_number_of_timesteps(self, text, span):
        assert parse_span(text, 28) == span

    @pytest.mark.parametrize("text", ["", "0", "28", "-1", "1.5", "½", "٣", "all", "Step ", "9" * 5000])
    def test_anything_else_is_refused_in_one_line_that_says_what_is_valid(self, text):
        with pytest.raises(UsageError, match="1 to 27") as refused:
            parse_span(text, 28)
        assert "\n" not in str(refused.value)

    def test_of_shorter_samples_fewer_timesteps_can_be_unrolled(self):
        assert parse_span("5", 6) == Span("unroll", 5) and parse_span("whole", 6) == Span("whole", 6)
        with pytest.raises(UsageError, match="1 to 5"):
            parse_span("6", 6)
        with pytest.raises(UsageError, match="nothing can be unrolled"):
            parse_span("1", 1)

    def test_importing_what_the_command_line_needs_imports_no_torch(self):
        code = (
            "import sys, explorer.export.names, explorer.export.graph.graphviz; print('torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"


class TestGraph:
    @every_cell
    @every_span
    def test_every_parameter_name_appears_in_the_graph_of_every_cell(self, cell, span):
        model = mnist_model(cell, 6)
        written = texts(graphviz.render(draw_graph(model, span).source, "svg"))
        for name, parameter in model.named_parameters():
            if span != STEP or name.startswith("layer."):
                assert written.count(name) == 1
                assert f"({', '.join(map(str, parameter.shape))})" in written

    @every_cell
    @every_span
    def test_every_activation_has_a_named_node_at_every_timestep(self, cell, span):
        model = mnist_model(cell, 6)
        names = [f"{activation.name} · {activation.label}" for activation in model.layer.activations]
        if span.timesteps > 1:
            names = [f"{name} · timestep {t}" for name in names for t in range(1, span.timesteps + 1)]
        assert activations(draw_graph(model, span), model.layer) == sorted(names)

    @every_cell
    def test_one_timestep_starts_and_ends_with_a_named_state(self, cell):
        model = mnist_model(cell, 6)
        firsts = [label[0] for label in labels(draw_graph(model, STEP))]
        for part in model.layer.state_fields:
            assert firsts.count(f"{part} · before") == firsts.count(f"{part} · after") == 1
        assert not any(first.startswith("head.") for first in firsts)

    @every_cell
    def test_the_whole_graph_is_the_one_torchviz_draws_of_the_equations_and_the_inputs(self, cell):
        model = mnist_model(cell, 6)
        layer = model.layer
        state = tuple(torch.zeros(1, 6) for _ in layer.state_fields)
        for x in torch.zeros(28, 1, 28):
            step = layer.step(functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0), state, unchanged)
            state = tuple(getattr(step, name) for name in layer.state_fields)
        theirs = make_dot(model.read_out(state[0]), params=dict(model.named_parameters()))
        tree = pygraphviz.AGraph(string=theirs.source)
        ours = draw_graph(model, WHOLE)
        ours_tree = parsed(ours)
        assert ours.nodes == len(ours_tree.nodes()) == len(tree.nodes()) + 28
        visible = [edge for edge in ours_tree.edges() if edge.attr["style"] != "invis"]
        assert len(visible) == len(tree.edges()) + 28
        operations = sorted(label[-1] for label in labels(ours) if "input" not in label[0].split(" · ")[1:])
        assert operations == sorted(node.attr["label"].split("\n")[-1].strip() for node in tree.nodes())

    @every_cell
    @every_span
    def test_every_timestep_shows_its_input_and_the_product_that_reads_it(self, cell, span):
        graph = draw_graph(mnist_model(cell, 6), span)
        tree = parsed(graph)
        inputs = {
            node.attr["label"]: [tree.get_node(after).attr["label"] for after in tree.successors(node)]
            for node in tree.nodes()
            if node.attr["fillcolor"] == style.INPUT
        }
        numbers = range(1, span.timesteps + 1) if span.timesteps > 1 else ["t"]
        assert inputs == {f"x_{number} · input\n(1, 28)": ["AddmmBackward0"] for number in numbers}
        written = texts(graphviz.render(graph.source, "svg"))
        assert all(f"x_{number} · input" in written for number in numbers)

    @every_cell
    def test_the_line_of_a_shape_is_centred_in_its_box(self, cell):
        svg = ElementTree.fromstring(graphviz.render(draw_graph(mnist_model(cell, 6), STEP).source, "svg"))
        boxes = [box for box in svg.iter("{http://www.w3.org/2000/svg}g") if box.get("class") == "node"]
        lines = [list(box.iter("{http://www.w3.org/2000/svg}text")) for box in boxes]
        shapes = [shape for box in lines for shape in box[1:] if (shape.text or "").lstrip().startswith("(")]
        assert len(shapes) > 5
        assert all(shape.text == shape.text.strip() for shape in shapes)

    @every_cell
    def test_a_sigmoid_head_is_drawn(self, cell):
        models = [mnist_model(cell, 6), mnist_model(cell, 6, head="sigmoid")]
        graphs = [labels(draw_graph(model, unroll(2, 28))) for model in models]
        seen = [sum("SigmoidBackward0" in label for label in graph) for graph in graphs]
        assert seen[1] == seen[0] + 1

    def test_colours_tell_activations_apart_and_differ_from_those_of_torchviz(self):
        every_fill = [colour.fill for colour in (*ACTIVATIONS, *STATE)]
        assert len(set(every_fill)) == len(every_fill)
        for fill in every_fill:  # black text needs a contrast of 4.5 (WCAG AA); print needs more
            red, green, blue = ((int(fill[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
            assert (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) / 0.05 > 8
        graph = parsed(draw_graph(mnist_model("lstm", 6), STEP))
        colours = {node.attr["label"].split()[0]: node.attr["fillcolor"] for node in graph.nodes()}
        assert colours["layer.bias_ih_l0"] == "lightblue"
        assert {colours[gate] for gate in "ifgo"} == {colour.fill for colour in ACTIVATIONS[:4]}

    def test_the_path_of_the_memory_is_bold_from_state_to_state(self):
        step = bold(draw_graph(mnist_model("lstm", 6), STEP))
        assert sorted(step) == [
            ("AccumulateGrad", "MulBackward0"),
            ("MulBackward0", "c · memory"),
            ("c · before", "AccumulateGrad"),
            ("c · memory", "c · after"),
        ]
        steps = bold(draw_graph(mnist_model("gru", 6), unroll(3, 28)))
        assert sorted(steps) == [
            ("MulBackward0", "h · hidden state · timestep 2"),
            ("MulBackward0", "h · hidden state · timestep 3"),
            ("h · hidden state · timestep 1", "MulBackward0"),
            ("h · hidden state · timestep 2", "MulBackward0"),
        ]

    @every_cell
    def test_time_runs_downward(self, cell):
        model = mnist_model(cell, 6)
        svg = ElementTree.fromstring(graphviz.render(draw_graph(model, unroll(9, 28)).source, "svg"))
        for part in model.layer.state_fields:
            heights = {}
            for element in svg.iter("{http://www.w3.org/2000/svg}text"):
                if found := re.fullmatch(rf"{part} · .* timestep (\d+)", element.text):
                    heights[int(found[1])] = float(element.get("y"))
            assert sorted(heights, key=heights.get) == list(range(1, 10))

    @every_cell
    def test_what_one_timestep_computes_from_the_parameters_stands_together(self, cell):
        graph = draw_graph(mnist_model(cell, 6), unroll(9, 28))
        tree = parsed(graph)
        named = {node.attr["label"].split("\n")[0]: node for node in tree.nodes()}
        svg = ElementTree.fromstring(graphviz.render(graph.source, "svg"))
        heights = {}
        for group in svg.iter("{http://www.w3.org/2000/svg}g"):
            if group.get("class") == "node":
                title, *_, text = (
                    element for element in group.iter() if element.text and element.text.strip()
                )
                heights[title.text] = float(text.get("y"))
        products = []
        for timestep in range(1, 10):  # of the state before this timestep, and of its input
            if timestep > 1:
                edges = tree.out_edges(named[f"h · hidden state · timestep {timestep - 1}"])
                (product,) = (head for _, head in edges if head.attr["label"] == "AddmmBackward0")
                products.append(product)
            products += tree.successors(named[f"x_{timestep} · input"])
        assert products == sorted(products, key=heights.get)

    def test_the_caption_describes_the_drawing_and_survives_any_title(self):
        graph = draw_graph(mnist_model("gru", 6), unroll(2, 28), title='<b> & "run" \x1b[31m\ud800')
        heading = '<b> & "run" ?[31m? · GRU · 6 hidden units · the first 2 timesteps'
        assert heading in [text.replace("\xa0", " ") for text in texts(graphviz.render(graph.source, "svg"))]

    def test_without_a_title_only_the_colours_are_explained(self):
        with_title, without = (
            [text.replace("\xa0", " ") for text in texts(graphviz.render(graph.source, "svg"))]
            for graph in (draw_graph(mnist_model("gru", 6), STEP, title) for title in ("", None))
        )
        heading = "GRU · 6 hidden units · one timestep of the cell"
        assert heading in with_title
        assert sorted([*without, heading]) == sorted(with_title)

    @every_cell
    @pytest.mark.parametrize("span", [STEP, unroll(2, 28)], ids=lambda span: span.name)
    def test_what_a_model_holds_is_in_its_graph_and_in_its_title(self, cell, span):
        names = CELLS[cell].activations
        for held in (names[0], names[-1]):
            model = mnist_model(cell, 6)
            model.layer.held = {held: 0.5}
            graph = draw_graph(model, span)
            nodes = {label[0]: label[-1] for label in labels(graph)}
            filled = {first.split()[0] for first, last in nodes.items() if last == "MaskedFillBackward0"}
            assert filled == {held}
            (named,) = [one for one in model.layer.activations if one.name == held]
            assert sum(first.startswith(f"{held} · {named.label}") for first in nodes) == span.timesteps
            heading = f"{type(model.layer).__name__} ({held}=0.5) · 6 hidden units · {span.title}"
            written = texts(graphviz.render(graph.source, "svg"))
            assert heading in [text.replace("\xa0", " ") for text in written]

    def test_the_same_model_gives_the_same_file(self):
        first, second = (draw_graph(mnist_model("lstm", 6), unroll(2, 28)).source for _ in range(2))
        assert first == second

    def test_a_model_in_training_is_left_unchanged(self):
        model = mnist_model("lstm", 6)
        model.head.weight.requires_grad_(False)
        before = copy.deepcopy(model.state_dict())
        with torch.no_grad():
            assert "head.weight" in draw_graph(model, WHOLE).source
        assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
        assert "step" not in vars(model.layer)
        assert not model.head.weight.requires_grad
        assert all(parameter.grad is None for parameter in model.parameters())

    @every_span
    def test_a_new_cell_with_other_names_is_drawn_without_changes(self, mixer, span):
        assert layer_class("mixer") is Mixer
        graph = draw_graph(mixer, span)
        suffix = [f" · timestep {span.timesteps}"] if span.timesteps > 1 else [""]
        found = activations(graph, mixer.layer)
        for name in ("p · keep < gate", "q · raw share", "s · slow memory", "h · hidden state"):
            assert name + suffix[0] in found
        ElementTree.fromstring(graphviz.render(graph.source, "svg"))

    def test_the_recursion_limit_is_raised_only_while_a_graph_is_drawn(self):
        before = sys.getrecursionlimit()
        chain = torch.zeros(1, requires_grad=True)
        for _ in range(before + 200):
            chain = chain + 1
        with pytest.raises(RecursionError):
            make_dot(chain)
        with deep_recursion():
            assert sys.getrecursionlimit() == DEPTH
            make_dot(chain)
        assert sys.getrecursionlimit() == before


class TestRender:
    def test_a_png_is_an_image_at_a_legible_size(self):
        with Image.open(
            io.BytesIO(graphviz.render(draw_graph(mnist_model("lstm", 6), STEP).source, "png"))
        ) as image:
            image.load()
            assert image.format == "PNG"
            assert min(image.size) > 1000

    def test_the_whole_graph_is_a_valid_png(self):
        with Image.open(
            io.BytesIO(graphviz.render(draw_graph(mnist_model("rnn", 6), WHOLE).source, "png"))
        ) as image:
            image.load()
            assert max(image.size) > 3000

    def test_a_giant_drawing_is_shrunk_to_a_bitmap_that_can_be_drawn(self):
        with Image.open(
            io.BytesIO(graphviz.render("digraph { a [shape=box height=900 width=3] }", "png"))
        ) as image:
            image.load()
            assert (
                0.9 * layout_process.LARGEST[1] * layout_process.DPI
                < image.height
                <= layout_process.LARGEST[1] * layout_process.DPI + 1
            )

    @every_cell
    def test_a_pdf_is_a_pdf(self, cell):
        picture = graphviz.render(draw_graph(mnist_model(cell, 6), unroll(2, 28)).source, "pdf")
        assert picture.startswith(b"%PDF-")
        assert picture.rstrip().endswith(b"%%EOF")

    @every_cell
    def test_dot_is_the_source_that_graphviz_gets(self, cell):
        graph = draw_graph(mnist_model(cell, 6), unroll(2, 28))
        assert graphviz.render(graph.source, "dot") == graph.source.encode()
        assert len(parsed(graph).nodes()) == graph.nodes
        assert "pos=" not in graph.source

    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_nothing_reaches_the_terminal(self, capfd, kind):
        graphviz.render("digraph { a [shape=nonsense fontname=Nowhere] }", kind)
        assert capfd.readouterr() == ("", "")

    def test_a_failure_is_reported_with_its_first_meaningful_line(self, capfd):
        with pytest.raises(GatescopeError, match="Error: syntax error in line 2 near '}'") as failed:
            graphviz.render("digraph {\n a -> }", "svg")
        assert "\n" not in str(failed.value)
        assert capfd.readouterr() == ("", "")

    def test_a_crash_of_graphviz_is_reported_like_any_other_failure(self, monkeypatch):
        dead = subprocess.CompletedProcess([], -11, b"half a picture", b"")
        monkeypatch.setattr(subprocess, "run", lambda *args, **options: dead)
        with pytest.raises(GatescopeError, match="it was killed by SIGSEGV"):
            graphviz.render("digraph {}", "svg")

    def test_a_layout_that_takes_too_long_is_stopped(self, monkeypatch):
        monkeypatch.setattr(graphviz, "LAYOUT_SECONDS", 0.001)
        with pytest.raises(GatescopeError, match="draw fewer timesteps"):
            graphviz.render("digraph {}", "svg")


class TestNames:
    def test_each_span_has_its_own_name(self):
        assert [span.name for span in (STEP, unroll(4, 28), WHOLE)] == ["step", "unroll-4", "whole"]

    def test_a_name_that_is_taken_gets_a_number(self, tmp_path):
        for name in ("graph-step.png", "graph-step-2.png", "graph-step-3.png"):
            path = free_path(tmp_path, "graph-step", "png")
            assert path == tmp_path / name
            path.touch()
        (tmp_path / "graph-whole.svg").symlink_to("nowhere")
        assert free_path(tmp_path, "graph-whole", "svg").name == "graph-whole-2.svg"

    @pytest.mark.parametrize(
        ("asked", "output", "kind"),
        [
            (None, None, "png"),
            ("SVG", None, "svg"),
            (None, "a/b.PDF", "pdf"),
            (None, "graph", "png"),
            ("dot", "graph", "dot"),
        ],
    )
    def test_the_format_is_the_requested_one_or_else_that_of_the_file_name(self, asked, output, kind):
        assert choose_format(asked, Path(output) if output else None) == kind

    def test_an_unknown_format_is_refused(self):
        with pytest.raises(UsageError, match="png, svg, pdf or dot, not 'gif'"):
            choose_format("gif", None)

    @pytest.mark.parametrize("name", ["a/x.jpg", "x.png.gz", "lstm.1"])
    def test_an_ending_that_is_no_format_is_refused_with_those_that_are(self, name):
        with pytest.raises(UsageError, match=r"ends in \.\w+; .* \.png, \.svg, \.pdf or \.dot$"):
            choose_format(None, Path(name))

    def test_a_name_without_an_ending_gets_that_of_its_format(self, tmp_path):
        assert complete(tmp_path / "lstm", "svg") == tmp_path / "lstm.svg"
        assert complete(tmp_path / "lstm.SVG", "svg") == tmp_path / "lstm.SVG"
        assert complete(tmp_path, "svg") == tmp_path  # a folder, which is refused as one later

    @pytest.mark.parametrize("name", ["step.PDF", "step.jpg"])
    def test_an_ending_that_contradicts_the_format_is_refused(self, tmp_path, name):
        with pytest.raises(UsageError, match=r"ends in \.\w+, but the format is svg; change one of the two"):
            check_output(tmp_path / name, "svg", overwrite=True)


class TestExport:
    """A file is written whole, or not at all."""

    @pytest.fixture
    def model(self):
        return mnist_model("rnn", 4)

    def test_an_export_reports_its_progress_and_its_result(self, model, tmp_path, capfd):
        said = []
        output = tmp_path / "deep" / "exports" / "step.svg"
        done = export_graph(model, STEP, "svg", output, title="a run", report=said.append)
        assert said == ["tracing", f"laying out {done.nodes} nodes", "writing"]
        assert done.path == output
        assert done.size == output.stat().st_size > 0
        assert done.nodes == 18
        assert any("a run" in text.replace("\xa0", " ") for text in texts(output.read_bytes()))
        assert os.listdir(output.parent) == ["step.svg"]
        assert capfd.readouterr() == ("", "")

    def test_dot_needs_no_layout(self, model, tmp_path):
        said = []
        export_graph(model, WHOLE, "dot", tmp_path / "whole.dot", report=said.append)
        assert said == ["tracing", "writing"]

    def test_an_existing_file_is_not_overwritten(self, model, tmp_path):
        output = tmp_path / "step.svg"
        output.write_text("mine")
        said = []
        with pytest.raises(UsageError, match="already exists; add --force to replace it"):
            export_graph(model, STEP, "svg", output, report=said.append)
        assert output.read_text() == "mine"
        assert said == []  # noticed before any work

    def test_a_file_that_appears_meanwhile_is_not_overwritten(self, model, tmp_path):
        output = tmp_path / "step.dot"
        with pytest.raises(UsageError, match="already exists"):
            export_graph(model, STEP, "dot", output, report=lambda phrase: output.write_text("mine"))
        assert output.read_text() == "mine"
        assert os.listdir(tmp_path) == ["step.dot"]

    def test_an_existing_file_is_overwritten_on_request(self, model, tmp_path):
        output = tmp_path / "step.svg"
        output.write_text("mine")
        export_graph(model, STEP, "svg", output, overwrite=True)
        assert ElementTree.fromstring(output.read_bytes()).tag.endswith("svg")

    def test_a_failed_drawing_leaves_the_old_file(self, model, tmp_path, monkeypatch):
        monkeypatch.setattr(graphviz, "LAYOUT_SECONDS", 0.001)
        output = tmp_path / "step.svg"
        output.write_text("mine")
        with pytest.raises(GatescopeError):
            export_graph(model, STEP, "svg", output, overwrite=True)
        assert output.read_text() == "mine"

    def test_a_name_that_contradicts_the_format_is_refused(self, model, tmp_path):
        with pytest.raises(UsageError, match=r"step\.PDF ends in \.pdf, but the format is svg"):
            export_graph(model, STEP, "svg", tmp_path / "step.PDF")
        assert os.listdir(tmp_path) == []

    def test_an_unknown_format_is_refused(self, model, tmp_path):
        with pytest.raises(UsageError, match="not 'gif'"):
            export_graph(model, STEP, "gif", tmp_path / "step.gif")

    @pytest.mark.parametrize("where", [".", "file/step.dot", "n" * 300 + ".dot"])
    def test_a_path_that_cannot_be_written_is_reported_in_one_line(self, model, tmp_path, where):
        (tmp_path / "file").touch()
        with pytest.raises(GatescopeError) as failed:
            export_graph(model, STEP, "dot", tmp_path / where)
        assert "\n" not in str(failed.value)
        assert "--force" not in str(failed.value)
        assert os.listdir(tmp_path) == ["file"]

    def test_a_full_disk_is_reported_in_one_line(self, model, tmp_path, monkeypatch):
        def fail(handle):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(GatescopeError, match=r"can't write .*step\.dot: No space left on device$"):
            export_graph(model, STEP, "dot", tmp_path / "step.dot")
        assert os.listdir(tmp_path) == []
