"""What schemathesis cannot know of us: loaded by the run that `test_fuzz` starts, told by the environment."""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from jsonschema import Draft202012Validator
from schemathesis import Case, CheckContext, HookContext, Response, SerializationContext
from schemathesis.transport.serialization import serialize_binary

OWN = frozenset(json.loads(os.environ["FUZZ_OWN"]))
"""Ids of who asks: a run that ends its own key, or its own membership, asks for nothing any more."""
FOREIGN = tuple(json.loads(os.environ["FUZZ_FOREIGN"]))
"""Ids and words of another studio."""
NOWHERE = "01900000-0000-7000-8000-000000000000"
LINES = "application/x-ndjson"
STREAM = "/events"
"""An answer without an end, which no fuzzer waits for. `/ws` is none to somebody who does not speak WebSocket."""


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    for name, value in (case.path_parameters or {}).items():
        if value in OWN:
            case.path_parameters[name] = NOWHERE
    if case.method == "GET" and case.operation.path.endswith(STREAM):
        case.query = {**(case.query or {}), "after": "never"}  # so it is refused at once, whatever else it says


@schemathesis.serializer("application/offset+octet-stream", "application/partial-upload")
def piece(context: SerializationContext, value: Any) -> Any:
    return {"data": serialize_binary(value)}


@schemathesis.deserializer(LINES)
def lines(context: Any, response: Response) -> Any:
    """Hold each line against the schema of one; a document of no lines is none that could be wrong."""
    told = [json.loads(line) for line in response.content.splitlines()]
    schema = context.operation.definition.raw["responses"][str(response.status_code)]["content"][LINES]["schema"]
    whole = {**schema, "components": context.operation.schema.raw_schema["components"]}
    for each in told:
        Draft202012Validator(whole).validate(each)
    return told[0] if told else None


@schemathesis.check
def says_its_status(context: CheckContext, response: Response, case: Case) -> None:
    """What a client may meet stands in the document by its number; `default` is for our own failures alone."""
    told = case.operation.definition.raw["responses"]
    unheard = response.status_code == 405  # of methods that the document does not have
    assert unheard or str(response.status_code) in told, f"{response.status_code} is not documented: {response.text}"


@schemathesis.check
def shows_nothing_of_others(context: CheckContext, response: Response, case: Case) -> None:
    if response.status_code >= 400 or case.method == "OPTIONS":  # OPTIONS is the same for every address
        return
    asked = f"{response.request.url} {case.body!r}"
    shown = [each for each in FOREIGN if each in response.text and each not in asked]
    assert not shown, f"shows what belongs to another studio: {shown}"
    named = [each for each in FOREIGN if each in response.request.path_url]
    assert not named, f"does something with what belongs to another studio: {named}"
