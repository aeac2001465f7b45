# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# In the place of SONiC's programs, which can't be had apart from it.

# sonic_config PROGRAM RUNNING: makes PROGRAM work as SONiC's config; RUNNING has what runs
sonic_config() {
  cat >"$1" <<END
#!/usr/bin/env python3
# As SONiC's: load adds a file to what runs, reload makes it so, save writes it out.
import json, sys
running = "$2"
read = lambda name: json.load(open(name))
args = [a for a in sys.argv[1:] if a not in ("-y", "-f")]
verb, name = args
if verb == "load":
    tables = read(running)
    for table, entries in read(name).items(): tables.setdefault(table, {}).update(entries)
elif verb == "reload": tables = read(name)
elif verb == "save": json.dump(read(running), open(name, "w"), indent=4, sort_keys=True); sys.exit(0)
if "BROKEN" in tables: sys.exit("the table BROKEN can't be applied")
json.dump(tables, open(running, "w"), indent=4, sort_keys=True)
END
  chmod +x "$1"
}
