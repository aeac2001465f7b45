#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""json_schema.py SCHEMA FILE...: exit 1 with a line for what does not fit; each line of a .log is a value. It knows as much of JSON Schema as docs/json/ uses, and
fails for a keyword that it does not know, so that nothing goes unchecked."""
import json
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SILENT = {"$schema", "title", "description", "$defs"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(value, schema, root, at):
    """What of the value does not fit, as texts."""
    for word, wanted in schema.items():
        if word in SILENT or word == "additionalProperties":
            continue
        if word == "$ref":
            target = root
            for part in wanted.removeprefix("#/").split("/"):
                target = target[part]
            yield from faults(value, target, root, at)
        elif word == "type":
            if not is_type(value, wanted):
                yield f"{at}: {json.dumps(value)[:80]} is no {wanted}"
        elif word == "enum":
            if value not in wanted:
                yield f"{at}: {json.dumps(value)[:80]} is none of {wanted}"
        elif word == "const":
            if value != wanted or isinstance(value, bool):
                yield f"{at}: {json.dumps(value)[:80]} is not {wanted}"
        elif word == "minimum":
            if isinstance(value, int) and value < wanted:
                yield f"{at}: {value} is less than {wanted}"
        elif word == "required":
            yield from (f"{at}: {name} is missing" for name in wanted if isinstance(value, dict) and name not in value)
        elif word == "items":
            for i, item in enumerate(value if isinstance(value, list) else []):
                yield from faults(item, wanted, root, f"{at}[{i}]")
        elif word == "anyOf":
            if all(any(True for _ in faults(value, each, root, at)) for each in wanted):
                yield f"{at}: {json.dumps(value)[:80]} fits none of the alternatives"
        elif word == "properties":
            other = schema.get("additionalProperties", True)
            for name, member in value.items() if isinstance(value, dict) else []:
                if name in wanted:
                    yield from faults(member, wanted[name], root, f"{at}.{name}")
                elif other is False:
                    yield f"{at}: {name} is not described"
                elif other is not True:
                    yield from faults(member, other, root, f"{at}.{name}")
        else:
            sys.exit(f"{sys.argv[1]}: the keyword {word} is not known here")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    found = []
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            for text in file if name.endswith(".log") else [file.read()]:
                found += faults(json.loads(text), schema, schema, name)
    print("\n".join(found[:20]))
    return len(found) > 0


if __name__ == "__main__":
    sys.exit(main())
