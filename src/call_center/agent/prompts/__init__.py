"""Prompt versions of the Claude brain and the experiments that compare them.

`Book` holds every rule and is pure; `PromptStore` keeps it in a file; `Prompts` is what a worker reads. `outcomes`
tells how the calls of each version went. The texts are put together in `agent.claude.prompt`.
"""

from call_center.agent.prompts.book import BUILTIN, Assigned, Book, State, Version
from call_center.agent.prompts.current import Prompts
from call_center.agent.prompts.experiments import Experiment, Variant
from call_center.agent.prompts.parts import SECTIONS, Part, Parts, Texts
from call_center.agent.prompts.store import FOLDER, PromptStore

__all__ = [
    "BUILTIN",
    "FOLDER",
    "SECTIONS",
    "Assigned",
    "Book",
    "Experiment",
    "Part",
    "Parts",
    "PromptStore",
    "Prompts",
    "State",
    "Texts",
    "Variant",
    "Version",
]
