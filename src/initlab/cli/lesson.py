"""``initlab lesson``: the lessons -> a table, or one lesson as a notebook to work in."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from initlab.cli.options import explained, group
from initlab.cli.output import ONE_LINE, print_json, print_table

EXAMPLES = """
[bold]Examples[/bold]

  initlab lesson list
  [dim]every lesson: its length, exercises and languages[/dim]

  initlab lesson start circles
  [dim]write circles/circles.ipynb, with exercises to solve[/dim]

  initlab lesson start circles --lang ru --teacher
  [dim]write the lesson in Russian, with the solutions, ready for nbgrader[/dim]
"""

app = group(help=f"List the lessons, or write one as a notebook.\n{EXAMPLES}")


@app.command("list")
@explained({})
def list_command(*, json_: bool = False) -> None:
    """List the lessons in the order to take them.

    [bold]Example[/bold]

      initlab lesson list --json
    """
    from initlab.teaching.lessons.source import LESSONS, read_lesson
    from initlab.translation import LANGUAGES

    lessons = [read_lesson(name) for name in LESSONS]
    if json_:
        print_json({"ok": True, "lessons": [
            {"id": lesson.id, "title": lesson.title, "minutes": lesson.minutes,
             "exercises": list(lesson.exercises), "languages": list(LANGUAGES)}
            for lesson in lessons
        ]})  # fmt: skip
        return
    print_table(
        {"id": ONE_LINE, "title": {}, "minutes": {"justify": "right"}, "exercises": {},
         "languages": {}},
        [(lesson.id, lesson.title, str(lesson.minutes), ", ".join(lesson.exercises),
          ", ".join(LANGUAGES)) for lesson in lessons],
    )  # fmt: skip
    print("\nStart a lesson: initlab lesson start ID")


@app.command("start")
@explained({
    "lesson": ("Id of the lesson.", "ID"),
    "folder": ("Folder to write to; by default a folder named after the lesson.", "FOLDER"),
    "lang": "Language: en, zh or ru.",
    "teacher": "Include the solutions of the exercises and example answers to the questions, "
               "for nbgrader.",
})  # fmt: skip
def start_command(
    lesson: str,
    folder: Path | None = None,
    *,
    lang: str = "en",
    teacher: bool = False,
    force: bool = False,
    json_: bool = False,
) -> None:
    """Write the notebook of a lesson, with exercises to solve and their checks.

    [bold]Examples[/bold]

      initlab lesson start circles

      initlab lesson start circles course/source/circles --teacher
    """
    from initlab.teaching.lessons.folder import start_lesson

    notebook, settings, built = start_lesson(
        lesson, folder, language=lang, teacher=teacher, force=force
    )
    written = [str(notebook), str(settings)]
    following = f"jupyter lab {shlex.quote(os.path.relpath(notebook))}"
    if json_:
        print_json({"ok": True, "lesson": lesson, "language": lang, "teacher": teacher,
                    "written": written, "untranslated": built.untranslated,
                    "next": following})  # fmt: skip
        return
    print("\n".join(written))
    if built.untranslated:
        verb = "is" if built.untranslated == 1 else "are"
        print(f"{built.untranslated} of {built.prose} cells of text {verb} in English, because the "
              "translation is not complete yet.")  # fmt: skip
    print(f"Next: {following}")
    if teacher:
        from initlab.teaching.lessons.wording import GRADING

        print(GRADING)
