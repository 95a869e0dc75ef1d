#!/usr/bin/env python3
"""Makes the demo newspaper through the command line of courant.

Usage: make.py COURANT SITE

COURANT is the program, SITE the folder to make. Everything is made in SITE.making
and renamed at the end, so that SITE is either whole or absent. The words come from
newspaper.json and stories/ beside this file. Needs Python's standard library only.
"""

import datetime
import json
import os
import shutil
import subprocess
import sys

LANGUAGES = ("en", "ar")  # What the command line can write so far; the rest is left out.
AND = {"en": " and ", "ar": " و"}
HERE = os.path.dirname(os.path.abspath(__file__))
COMMAND_SECONDS = 60


class Failure(Exception):
    """One sentence for the person who started this program."""


def run(courant, arguments, text=None):
    """Runs one command and returns what it printed; `text` becomes its standard input."""
    shown = "courant " + " ".join(arguments[2:] if arguments[0] == "--site" else arguments)[:60]
    try:
        done = subprocess.run([courant, *arguments], input=text or "", encoding="utf-8",
                              capture_output=True, timeout=COMMAND_SECONDS)
    except OSError as error:
        raise Failure(f"{courant} cannot be started: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"“{shown}” took more than {COMMAND_SECONDS} seconds.") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Failure(f"“{shown}” ended with code {done.returncode}: {said}")
    return done.stdout


def options(**values):
    """Turns names and values into --name value; what is None or empty is left out."""
    return [word for name, value in values.items() if value
            for word in ("--" + name.replace("_", "-"), value)]


def add_story(courant, at_site, story, names):
    arguments = ["story", "add", *options(
        headline=story["headline"], standfirst=story["standfirst"],
        byline=AND[story["lang"]].join(names[slug][story["lang"]] for slug in story["bylines"]),
        section=story["section"], source=story["source"], lang=story["lang"],
        published_at=story["published_at"], slug=story["slug"],
        body=os.path.join(HERE, story["file"]), format="html")]
    for tag in story["tags"]:
        arguments += ["--tag", names[tag][story["lang"]]]
    if story["breaking"]:
        # The demo is looked at for longer than news stays breaking.
        until = datetime.date.today() + datetime.timedelta(days=30)
        arguments += ["--breaking", "--breaking-until", f"{until}T00:00"]
    printed = run(courant, [*at_site, *arguments, "--publish", "--json"])
    try:
        story_id = str(json.loads(printed)["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"“story add --json” did not print an id but: {printed.strip()[:80]}") from error
    for correction in story["corrections"]:
        arguments = [*at_site, "story", "correct", story_id, *options(
            kind=correction["kind"], text=correction["text"])]
        if correction["body_file"]:
            arguments += ["--body", os.path.join(HERE, correction["body_file"]), "--format", "html"]
        run(courant, arguments)
        if correction["headline"]:
            run(courant, [*at_site, "story", "edit", story_id, "--headline", correction["headline"]])
    for reply in story["replies"]:
        run(courant, [*at_site, "reply", "add", *options(
            story=story_id, name=reply["name"], email=reply["email"],
            website=reply["website"], at=reply["at"], text="-")], reply["text"])


def add_names(courant, at_site, kind, things):
    for thing in things:
        arguments = [*at_site, kind, "add", thing["slug"]]
        for language in LANGUAGES:
            arguments += ["--name", f"{language}={thing['names'][language]}"]
        run(courant, arguments)


def make(courant, site):
    with open(os.path.join(HERE, "newspaper.json"), encoding="utf-8") as file:
        paper = json.load(file)
    if os.path.lexists(site):
        raise Failure(f"{site} is there already; remove it to make the demo anew.")
    making = site + ".making"
    if os.path.lexists(making):  # What an interrupted run left behind; nobody else uses the name.
        shutil.rmtree(making)
    at_site = ["--site", making]
    run(courant, ["init", making, *options(
        name=paper["names"][paper["lang"]], lang=paper["lang"], timezone=paper["timezone"])])
    add_names(courant, at_site, "section", paper["sections"])
    add_names(courant, at_site, "tag", paper["tags"])
    names = {named["slug"]: named["names"] for named in paper["tags"] + paper["bylines"]}
    written = [story for story in paper["stories"] if story["lang"] in LANGUAGES]
    for story in written:
        add_story(courant, at_site, story, names)
    os.rename(making, site)


def main():
    if len(sys.argv) != 3:
        print("usage: make.py COURANT SITE", file=sys.stderr)
        return 2
    try:
        make(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    except Failure as failure:
        print(f"The demo newspaper was not made: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The demo newspaper was not made: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
