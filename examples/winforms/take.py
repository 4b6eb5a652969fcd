"""Take a real prompt of 25,982 characters from the public data, with requests to go with it.

`python examples/winforms/take.py DATA FOLDER` writes `winforms.md` and `runs.jsonl` into FOLDER.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

PROMPT = "awesome-copilot:agents/WinFormsExpert.agent.md"
REQUESTS = Path(__file__).with_name("requests.txt")
FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
ANSWER = "(no model was asked: this conversation was written for the example)"


def find(data: Path) -> str:
    """Return the text of the prompt.

    Raises:
        FileNotFoundError: The data is not in this folder.
    """
    with gzip.open(data / "system_prompts" / "prompts.jsonl.gz", "rt", encoding="utf-8") as lines:
        return next(found["text"] for line in lines if (found := json.loads(line))["id"] == PROMPT)


def write(data: Path, folder: Path) -> None:
    """Write the prompt, and a conversation for each request that carries it."""
    text = find(data)
    (folder / "winforms.md").write_text(text, encoding="utf-8")
    sent = FRONT_MATTER.sub("", text).removesuffix("\n")
    with (folder / "runs.jsonl").open("w", encoding="utf-8") as runs:
        for number, request in enumerate(REQUESTS.read_text(encoding="utf-8").splitlines(), 1):
            turns = (("system", sent), ("user", request), ("assistant", ANSWER))
            messages = [{"role": role, "content": said} for role, said in turns]
            runs.write(json.dumps({"id": f"winforms-{number}", "messages": messages}) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
