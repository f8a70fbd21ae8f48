"""Shows the open run in the views: what they ask of it, and what is painted first.

Data flows one way: a snapshot is noted and painted; what is chosen leads to questions, these to answers, and
those are painted. Views with answers come first, the others follow as the terminal has time for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from explorer.protocol.messages import Refused
from explorer.protocol.probes import is_heavy
from explorer.protocol.questions import Answer, Answers, Ask, Question, Selection
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.heavy import HeavyLink
from explorer.ui.live.open_run import OpenRun
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.view import WAITING, View


class Presenter:
    """Asks what the visible views need, and paints what comes of it."""

    def __init__(self, views: ViewGrid, choice: Choice, pace: Pace, run: Callable[[], OpenRun]) -> None:
        """Present the run that `run` returns, at the terminal's pace."""
        self._views, self._choice, self._pace, self._run = views, choice, pace, run
        self._wanted: dict[View, object] = {}
        choice.observe(self._follow)

    # What is asked

    @property
    def _asking(self) -> list[View]:
        """The visible views that need answers."""
        return [view for view in self._views.shown if view.needs()]

    def _questions(self) -> tuple[Question, ...]:
        """What the visible views need, each question once."""
        questions: list[Question] = []
        for view in self._asking:
            questions += [question for question in view.needs() if question not in questions]
        return tuple(questions)

    @property
    def _against(self) -> Selection | None:
        """What a visible view compares with what is chosen; None: none does."""
        return self._choice.now.against if any(view.compares for view in self._asking) else None

    @property
    def _selections(self) -> list[Selection]:
        """What the questions are asked about: what is chosen, and what that is compared with."""
        return [one for one in (self._choice.now.selection, self._against) if one]

    def _heavy(self, asked: Ask) -> tuple[Question, ...]:
        """Its questions that take too long for a training between two batches."""
        run = self._run()
        shape, samples = run.snapshot.shape, run.samples
        return tuple(
            question
            for question in asked.questions
            if any(is_heavy(question, one, shape, samples) for one in asked.selections)
        )

    def probe(self) -> None:
        """Have the visible views' questions answered by the newest weights, if the terminal keeps up."""
        if self._pace.ready:
            self._want()

    def _want(self) -> None:
        """Have them answered, unless the newest answers are shown or on their way.

        A view that wants something else than before, or was hidden, shows at once what is kept; that may lead
        it to another question.
        """
        run = self._run()
        for _ in range(2):
            before, self._wanted = self._wanted, self._wants()
            changed = [view for view, wanted in self._wanted.items() if wanted != before.get(view)]
            if changed:
                self._recall(changed)
        asked = Ask(self._choice.now.selection, self._questions(), self._against)
        heavy = self._heavy(asked)
        light = tuple(question for question in asked.questions if question not in heavy)
        run.asking.want(replace(asked, questions=light), run.snapshot)
        if run.pondering.want(replace(asked, questions=heavy), run.snapshot):
            self._await(heavy)

    def _recall(self, views: Sequence[View], found: Sequence[dict[str, Answer]] = ()) -> None:
        """Show in these views the answers that are kept, and those that were just found."""
        questions, shelf = self._questions(), self._run().shelf
        answers = [shelf.recall(one, questions) for one in self._selections]
        for kept, newest in zip(answers, found, strict=False):
            kept.update(newest)  # what is too large isn't kept
        self._paint(answers, views)

    def _await(self, heavy: Sequence[Question]) -> None:
        """Show nothing in the views that wait for these, unless what is kept was shown at once."""
        kept = self._run().shelf.recall(self._choice.now.selection, heavy)
        waiting = {question.what for question in heavy} - kept.keys()
        for view in self._asking:
            if any(one.what in waiting and one.what not in view.optional for one in view.needs()):
                view.clear("")
        self._show_progress()

    def _show_progress(self) -> None:
        """Say in the views that wait for heavy questions how far those are."""
        pondering = self._run().pondering
        self._miss(dict.fromkeys(pondering.pending, f"{pondering.share:.0%}"), "{}: {}")

    def _wants(self) -> dict[View, object]:
        """What each visible view wants to know, and about what."""
        now = self._choice.now
        return {view: (now.selection, view.compares and now.against, view.needs()) for view in self._asking}

    def _follow(self, before: Chosen, now: Chosen) -> None:
        """Show what is chosen now: at once where answers are kept, else as soon as they come."""
        if before.selection != now.selection:
            self._run().evaluating.follow(now.selection)
            self._compare()
        for view in self._views.shown:
            view.follow(before, now)
        if self._wants() != self._wanted:
            self._want()

    # What comes

    def show(self, snapshot: Snapshot) -> None:
        """Show the run's newest snapshot."""
        for view in self._views.views.values():
            view.note(snapshot)
        self._catch_up()

    def show_answers(self, reply: Answers) -> None:
        """Show answers, unless they are to something that is no longer chosen."""
        run = self._run()
        counts = (answer.facts.get("samples") for answer in reply.answers)
        samples = next((count for count in counts if isinstance(count, int) and count > 0), None)
        if samples is not None:
            run.samples = samples
            if within := run.asking.within(samples):
                self._choice.select(subject=within)
        answers = run.asking.accept(reply, run.snapshot)
        if any(answers) and not run.asking.chosen and self._shows_answers:  # the first belong to the opening
            self._pace.unasked()
        self._take(answers)
        if reply.unanswerable:
            reasons = {missing.what: missing.reason for missing in reply.unanswerable}
            run.asking.give_up(run.snapshot)
            self._miss(reasons)
        if any(answers):
            self._catch_up(behind_answers=True)

    def _take(self, found: Sequence[dict[str, Answer]]) -> None:
        """Show answers about what is chosen, and what it is compared with, in the views that need them.

        Whatever else those need was found before.
        """
        arrived = {what for answers in found for what in answers}
        views = [view for view in self._asking if any(one.what in arrived for one in view.needs())]
        if views:
            self._recall(views, found)
            if self._wants() != self._wanted:  # an answer led to another question
                self._want()

    def miss(self, reason: str) -> None:
        """Say why there are no answers; they are asked for again as soon as the run has changed."""
        run = self._run()
        run.asking.give_up(run.snapshot)
        self._miss({question.what: reason for question in self._questions()})

    def _miss(self, reasons: Mapping[str, str], form: str = "{} unavailable: {}") -> None:
        """Say in each visible view why it has no answer, if it hasn't; `form` has room for what, and why."""
        exists = self._run().folder.path.is_dir()
        for view in self._asking:
            missing = [one.what for one in view.needs() if one.what in reasons]
            needed = [what for what in missing if what not in view.optional]
            if needed:
                view.miss(
                    form.format(view.about.title, reasons[needed[0]]) if exists else "its folder is gone"
                )
            elif missing:
                view.lack(form.format(missing[0], reasons[missing[0]]))

    def _paint(self, answers: Sequence[Mapping[str, Answer]], views: Sequence[View]) -> None:
        """Show answers in the views that need them, if they have all of theirs but the optional ones.

        Args:
            answers: about what is chosen, and perhaps about what it is compared with, by their probes' names.
            views: where.
        """
        run = self._run()
        facts = (answer.facts.get("predicted") for answer in answers[0].values())
        self._choice.read_as = next((one for one in facts if isinstance(one, int)), self._choice.read_as)
        for view in views:
            needs = {one.what for one in view.needs()}
            needed = [{what: answer for what, answer in part.items() if what in needs} for part in answers]
            wanted = needed[:2] if view.compares else needed[:1]
            if any(not part or not needs <= part.keys() | view.optional for part in wanted):
                continue
            try:
                if view.compares:
                    view.take_against(wanted[1] if len(wanted) > 1 else {})
                view.take(wanted[0], run.learning, self._pace.sparing)
            except ValueError as error:
                view.miss(f"the engine's answer can't be read ({error}); is it of another version?")

    # What takes long

    def evaluate(self) -> None:
        """Have the test set evaluated as chosen; while it is, no longer."""
        evaluating = self._run().evaluating
        if evaluating.evaluates(self._choice.now.selection):
            evaluating.cancel()
        else:
            evaluating.begin(self._choice.now.selection, self._run().snapshot)
        self._compare()

    def evaluate_all(self, selections: Sequence[Selection]) -> None:
        """Have the test set evaluated under each of these, one after the other."""
        self._run().evaluating.begin_all(selections, self._run().snapshot)
        self._compare()

    def give_up(self) -> None:
        """Have nothing evaluated any more."""
        self._run().evaluating.give_up()
        self._compare()

    def show_heavy(self, message: HeavyLink.Progressed | HeavyLink.Answered | HeavyLink.Unanswered) -> str:
        """Show what comes of a heavy question; returns why it has no answer, in one line, if it hasn't."""
        run, trouble = self._run(), ""
        match message:
            case HeavyLink.Progressed(request=request, share=share):
                run.evaluating.advance(request, share)
                run.pondering.advance(request, share)
                self._show_progress()
            case HeavyLink.Answered(request=request, answer=answer):
                trouble = run.evaluating.accept(request, answer)
                self._show_pondered(*run.pondering.accept(request, answer, run.snapshot))
            case HeavyLink.Unanswered(request=request, reason=reason):
                trouble = reason if run.evaluating.fail(request) else ""
                self._show_pondered(*run.pondering.accept(request, Refused(reason), run.snapshot))
        run.evaluating.go_on(run.snapshot)
        self._compare()
        return trouble

    def _show_pondered(self, found: Sequence[dict[str, Answer]], missing: Mapping[str, str]) -> None:
        """Show the answers to heavy questions of the views, and why others have none."""
        self._take(found)
        if missing:
            self._miss(missing)

    def _compare(self) -> None:
        """Show what is known of the test set as chosen."""
        evaluating = self._run().evaluating
        known = evaluating.known(self._choice.now.selection)
        for view in self._views.views.values():
            view.compare(known)
            view.tabulate(evaluating.known)

    # When it is painted

    def keep_up(self) -> None:
        """Show what the terminal had no time for before."""
        self.probe()
        self._catch_up()

    @property
    def _shows_answers(self) -> bool:
        """Whether a visible view shows an answer."""
        return any(not view.notice for view in self._asking)

    @property
    def _answers_first(self) -> bool:
        """Whether answers come first: where bytes are few, the other views alone took all of them."""
        return self._shows_answers and self._pace.sparing and not self._pace.answering

    def _catch_up(self, behind_answers: bool = False) -> None:
        """Bring the views without answers up to date; while training, if the terminal keeps up."""
        at_once = behind_answers or not self._run().learning
        if not at_once and self._answers_first:
            return
        for view in self._views.shown:
            if at_once or view.throttled or self._pace.ready:
                view.catch_up()

    # Nothing to show

    def clear(self, notice: str = WAITING) -> None:
        """Show nothing but the reason: there is no run, or another one is opened."""
        for view in self._views.views.values():
            view.clear(notice)
