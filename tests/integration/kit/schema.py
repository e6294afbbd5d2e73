"""As much of JSON Schema draft 4 as the schemas of the runtime-spec use."""

import json
import os
import re

DIRECTORY = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../schema/spec"))
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def _load(name):
    with open(os.path.join(DIRECTORY, name), encoding="utf-8") as text:
        return json.load(text)


def _complaints(value, schema, file, where):
    if "$ref" in schema:
        name, _, pointer = schema["$ref"].partition("#")
        file = name or file
        schema = _load(file)
        for part in pointer.strip("/").split("/"):
            schema = schema[part]
        yield from _complaints(value, schema, file, where)
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{where}: {value!r} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not one of {schema['enum']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where}: {value} is below {schema['minimum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} is not like {schema['pattern']}"
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}: {name} is missing"
    for part in schema.get("allOf", []):
        yield from _complaints(value, part, file, where)
    if isinstance(value, dict):
        for name, member in value.items():
            parts = [schema["properties"][name]] if name in schema.get("properties", {}) else []
            parts += [s for pattern, s in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
            for part in parts:
                yield from _complaints(member, part, file, f"{where}.{name}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for i, item in enumerate(value):
            yield from _complaints(item, schema["items"], file, f"{where}[{i}]")


def complaints(value, file):
    """Where `value` does not follow the schema in `file`; an empty list is good news."""
    return list(_complaints(value, _load(file), file, ""))
