#!/usr/bin/env python3
"""Validates inventory JSON against its schema, and the promises that a schema cannot express.

usage: validate_inventory.py SCHEMA FILE...

Exit status: 0 all valid, 1 something is not, 2 wrong usage or an unreadable file.
"""

import json
import sys

MOST_ERRORS_SHOWN = 20


def schema_errors(validator, document):
    for error in sorted(validator.iter_errors(document), key=lambda e: list(map(str, e.absolute_path))):
        yield f"{error.json_path}: {error.message}"


def promise_errors(document):
    """Order, uniqueness, references and counts. The document already matches the schema."""
    sites = document["sites"]
    order = [(s["path"], s["line"], s["column"], s["name"]) for s in sites]
    if order != sorted(order):
        yield "$.sites: not ordered by path, line, column, name"
    services = [s["path"] for s in document["services"]]
    if services != sorted(services):
        yield "$.services: not ordered by path"
    ids = [s["id"] for s in sites]
    for duplicate in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"$.sites: id {duplicate} occurs more than once"

    names = {s["name"] for s in document["services"]}
    for site in sites:
        # A library's site belongs to all services that load it.
        if site["service"] and site["service"] not in names and not set(site["service"].split(", ")) <= names:
            yield f"$.sites: {site['id']} names the unknown service {site['service']}"
    for service in document["services"]:
        for item in service["checklist"]:
            for missing in sorted(set(item["sites"]) - set(ids)):
                yield f"$.services: {service['name']}.{item['id']} names the unknown site {missing}"

    toys = [s for s in sites if s["verdict"] == "toy" and not s["accepted_because"]]
    live = [s for s in toys if s["wired"] != "unused"]
    expected = {
        "toys": len(toys),
        "unused_toys": len(toys) - len(live),
        "acceptable": sum(s["verdict"] == "acceptable" for s in sites),
        "suppressed": sum(s["verdict"] == "toy" and s["accepted_because"] != "" for s in sites),
        "by_risk": {r: sum(s["risk"] == r for s in live) for r in ("critical", "high", "medium", "low")},
    }
    for key, value in expected.items():
        if document["summary"][key] != value:
            yield f"$.summary.{key}: is {document['summary'][key]}, the sites give {value}"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        import jsonschema
    except ImportError:
        print("validate_inventory.py needs the Python package jsonschema (Debian: python3-jsonschema)", file=sys.stderr)
        return 2
    schema_path, *paths = arguments
    status = 0
    try:
        with open(schema_path, encoding="utf-8") as file:
            schema = json.load(file)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        validator = kind(schema)
        for path in paths:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            errors = list(schema_errors(validator, document)) or list(promise_errors(document))
            for error in errors[:MOST_ERRORS_SHOWN]:
                print(f"{path}: {error}", file=sys.stderr)
            if len(errors) > MOST_ERRORS_SHOWN:
                print(f"{path}: and {len(errors) - MOST_ERRORS_SHOWN} more", file=sys.stderr)
            if errors:
                status = 1
            else:
                print(f"{path}: valid, {len(document['sites'])} sites")
    except (OSError, ValueError, jsonschema.exceptions.SchemaError) as error:
        print(f"validate_inventory.py: {error}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
