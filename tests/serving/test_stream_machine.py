"""Whatever comes in whichever order, what goes out makes sense."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sayfind.errors import InputError, OverloadedError, TooLargeError
from sayfind.serving.stream_machine import (
    Answered,
    Cancel,
    Chunk,
    Close,
    Failed,
    Finalise,
    Finish,
    Heard,
    Input,
    Left,
    Listen,
    Output,
    Phase,
    Ping,
    Quiet,
    Recall,
    Send,
    Stream,
    Take,
    step,
)
from sayfind.serving.stream_messages import LimitsBody, Start

NEW = Stream("t1", LimitsBody(60.0, 8), max_bytes=20)
ORDER = list(Phase)
INPUTS = st.one_of(
    st.builds(Start, resume=st.sampled_from(["", "a" * 32])),
    st.binary(max_size=10).map(Chunk),
    st.sampled_from([Finish(), Cancel(), Ping(), Left(), Quiet(1.0), Answered({"id": "t1"})]),
    st.just(Heard("red shoes", 3, 1.0)),
    st.sampled_from([Failed(InputError("No.")), Failed(OverloadedError("Later."))]),
)


def run(inputs: list[Input]) -> tuple[list[Stream], list[Output]]:
    states, outputs = [NEW], []
    for given_ in inputs:
        state, more = step(states[-1], given_)
        states.append(state)
        outputs += more
    return states, outputs


def types(outputs: list[Output]) -> list[str]:
    return [output.message.type for output in outputs if isinstance(output, Send)]


@given(st.lists(INPUTS, max_size=14))
def test_the_order_always_makes_sense(inputs: list[Input]) -> None:
    states, outputs = run(inputs)
    phases = [ORDER.index(state.phase) for state in states]
    assert phases == sorted(phases)
    told = [kind for kind in types(outputs) if kind != "pong"]
    assert told.count("ready") <= 1 and told[:1] in ([], ["ready"], ["error"])
    for once in ("endpoint", "final", "error"):
        assert told.count(once) <= 1
    if "partial" in told and "endpoint" in told:
        assert max(i for i, k in enumerate(told) if k == "partial") < told.index("endpoint")
    if "final" in told or "error" in told:
        assert told[-1] in ("final", "error")
        assert not {"final", "error"} <= set(told)
    assert sum(isinstance(output, Finalise | Recall) for output in outputs) <= 1
    assert sum(isinstance(output, Listen) for output in outputs) <= 1
    closes = [output for output in outputs if isinstance(output, Close)]
    assert len(closes) == (states[-1].phase is Phase.DONE)
    assert not closes or outputs[-1] == closes[0]


@given(st.lists(INPUTS, max_size=14))
def test_only_so_much_sound_is_taken_and_only_while_listening(inputs: list[Input]) -> None:
    states, outputs = run(inputs)
    taken = [output.data for output in outputs if isinstance(output, Take)]
    assert all(len(data) <= 8 for data in taken)
    assert sum(map(len, taken)) == states[-1].num_bytes <= 20
    assert not taken or any(isinstance(output, Listen) for output in outputs)


@given(st.lists(INPUTS, max_size=8), st.lists(INPUTS, max_size=8))
def test_after_the_end_nothing_happens(before: list[Input], after: list[Input]) -> None:
    states, outputs = run([*before, Cancel(), *after])
    assert states[-1].phase is Phase.DONE
    assert outputs == run([*before, Cancel()])[1]


def test_a_query_from_start_to_end() -> None:
    states, outputs = run(
        [Start(), Chunk(b"ab"), Heard("red", 0, 0.5), Quiet(1.25), Chunk(b"cd"), Answered({"a": 1})]
    )
    assert types(outputs) == ["ready", "partial", "endpoint", "final"]
    assert [type(output) for output in outputs if not isinstance(output, Send)] == [
        Listen, Take, Finalise, Close,
    ]  # fmt: skip
    assert outputs[-1] == Close(1000)
    assert states[-1].num_bytes == 2


def test_an_answer_is_recalled_under_its_id() -> None:
    _, outputs = run([Start(resume="b" * 32), Answered({"a": 1})])
    assert Recall("b" * 32) in outputs
    assert outputs[0].message.trace_id == "b" * 32  # type: ignore[union-attr]
    assert types(outputs) == ["ready", "final"]


def test_codes_say_what_went_wrong() -> None:
    for error, code in (
        (InputError("x"), 1008), (TooLargeError("x"), 1009), (OverloadedError("x"), 1013),
    ):  # fmt: skip
        _, outputs = run([Failed(error)])
        assert outputs[-1] == Close(code)
