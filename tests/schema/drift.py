#!/usr/bin/env python3
"""Compare our tables with the schema of the runtime-spec, then send an object with every member through the
reader and the writer.  Usage: drift.py [DUMP_PROGRAM]"""
import json
import pathlib
import subprocess
import sys

SPEC = pathlib.Path(__file__).parent / "spec"
ROOTS = {"config": "config-schema.json", "state": "state-schema.json", "features": "features-schema.json"}

# path -> why the schema has it and we do not
LEFT_OUT = {f"config.{p}": "object of another platform" for p in ("solaris", "windows", "vm", "zos", "freebsd")}

# path -> why we have it and the schema does not
EXTRA = {
    "state.rootfs": "every runtime prints it", "state.created": "every runtime prints it",
    "state.owner": "every runtime prints it",
    "features.linux.memoryPolicy": "in features-linux.md, forgotten in the schema",
    "features.linux.intelRdt.schemata": "in features-linux.md, forgotten in the schema",
    "features.linux.intelRdt.monitoring": "in features-linux.md, forgotten in the schema",
}

# path -> why `required` differs
REQUIRED = {
    "config.process.ioPriority.priority": "REQUIRED in config.md",
    "config.linux.memoryPolicy.mode": "REQUIRED in config-linux.md",
    "config.linux.personality.domain": "REQUIRED in config-linux.md",
    "config.linux.resources.pids.limit": "OPTIONAL in config-linux.md since 1.3.0",
    **{f"config.linux.resources.blockIO.throttle{d}Device.rate": "REQUIRED in config-linux.md"
       for d in ("ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS")},
}

# path -> why the type differs
KIND = {
    "config.process.consoleSize.height": "struct winsize has 16 bits", "config.process.consoleSize.width": "as height",
}

# path -> words that only one side knows, and why
WORDS = {
    "config.linux.rootfsPropagation": {"rshared", "rslave", "rprivate", "runbindable"},  # every caller sends them
    "state.status": {"paused"},  # every runtime prints it
}


def load(name):
    """One schema file; references inside the file get the file's name."""
    return json.loads((SPEC / name).read_text().replace('"$ref": "#', f'"$ref": "{name}#'))


def resolve(node):
    """Follow $ref and merge allOf/anyOf into one plain schema."""
    while "$ref" in node:
        name, _, pointer = node["$ref"].partition("#")
        node = load(name)
        for part in pointer.strip("/").split("/"):
            node = node[part]
    merged = dict(node)
    for part in map(resolve, node.get("allOf", []) + node.get("anyOf", [])):
        merged["properties"] = {**merged.get("properties", {}), **part.get("properties", {})}
        merged["required"] = merged.get("required", []) + part.get("required", [])
    return merged


def kind_of(node):
    kind = node.get("type")
    if kind == "array":
        return kind_of(resolve(node["items"])) + "[]"
    if kind == "object" and "patternProperties" in node:
        return "string{}"
    if kind == "object" and "additionalProperties" in node:
        return "object{}"
    if kind == "integer":
        widths = {65535: "uint16", 2**31 - 1: "int32", 2**32 - 1: "uint32", 2**63 - 1: "int64", 2**64 - 1: "uint64"}
        return widths.get(node.get("maximum"), "integer")
    return "object" if kind is None and "properties" in node else kind


def element(node):
    """The schema of an object inside an array or map."""
    inner = [node[key] for key in ("items", "additionalProperties") if isinstance(node.get(key), dict)]
    return resolve(inner[0]) if inner else node


class Drift:
    def __init__(self, dump):
        self.tables = json.loads(subprocess.check_output([dump]))
        self.dump, self.problems, self.used = dump, [], set()

    def excused(self, table, path):
        self.used.add(path)
        return path in table

    def check(self, ok, path, text):
        if not ok:
            self.problems.append(f"{path}: {text}")

    def object(self, path, ours, schema):
        theirs = schema.get("properties", {})
        for name in sorted(theirs.keys() | ours.keys()):
            where = f"{path}.{name}"
            if name not in ours:
                self.check(self.excused(LEFT_OUT, where), where, "in the schema, not in our tables")
            elif name not in theirs:
                self.check(self.excused(EXTRA, where), where, "in our tables, not in the schema")
            else:
                required = ours[name]["required"] == (name in schema.get("required", []))
                self.check(required or self.excused(REQUIRED, where), where, "`required` differs")
                self.member(where, ours[name], resolve(theirs[name]))

    def member(self, where, ours, schema):
        kind = kind_of(schema)
        if where == "config.linux.timeOffsets":  # two fixed keys in the schema, a map for us
            kind, schema = "object{}", {"items": schema["properties"]["boottime"]}
        same = {kind, kind.replace("integer", "int32"), kind.replace("integer", "uint32")}
        if "words" in ours:
            schema = element(schema)
            self.check(kind.startswith("string") or self.excused(KIND, where), where, f"enum here, {kind} there")
            if "enum" in schema:
                differ = set(ours["words"]) ^ set(schema["enum"])
                self.check(differ == WORDS.get(where, set()), where, f"words differ: {sorted(differ)}")
        else:
            self.check(ours["kind"] in same or self.excused(KIND, where), where, f"{ours['kind']} here, {kind} there")
        if "type" in ours:
            self.object(where, self.tables[ours["type"]], element(schema))

    def sample(self, name, ours):
        """A valid value for one member."""
        special = {"ociVersion": "1.3.0", "pageSize": "2MB", "memBwSchema": "MB:0=1", "priority": 5, "nanosecs": 9,
                   "defaultAction": "SCMP_ACT_ERRNO", "action": "SCMP_ACT_TRACE"}
        if name in special:
            return special[name]
        kind = ours["kind"].rstrip("[]{}")
        value = {"string": "/x", "boolean": True, "enum": ours.get("words", [None])[0]}.get(kind, 65535)
        if "type" in ours:
            value = self.everything(ours["type"])
        if ours["kind"].endswith("[]"):
            return [value]
        return {"boottime": value} if ours["kind"].endswith("{}") else value

    def everything(self, type_name):
        return {name: self.sample(name, ours) for name, ours in self.tables[type_name].items()}

    def round_trip(self, type_name):
        before = self.everything(type_name)
        run = subprocess.run([self.dump, type_name], input=json.dumps(before), text=True, capture_output=True)
        after = run.stdout and json.loads(run.stdout)
        self.check(before == after, type_name, f"does not survive reader and writer: {run.stderr or after}")


def main():
    drift = Drift(sys.argv[1] if len(sys.argv) > 1 else "./schema_dump")
    for root, file in ROOTS.items():
        drift.object(root, drift.tables[root], resolve(load(file)))
        drift.round_trip(root)
    drift.round_trip("process_state")
    for path in {*LEFT_OUT, *EXTRA, *REQUIRED, *KIND} - drift.used:
        drift.problems.append(f"{path}: exception that is no longer needed")
    print("\n".join(drift.problems) or f"{len(drift.tables)} objects agree with the schema")
    return 1 if drift.problems else 0


if __name__ == "__main__":
    sys.exit(main())
