"""What the house says, in the reader's language: refusals told by the doors, from texts in TOML."""

from yaosu.languages.choosing import LANGUAGES as LANGUAGES
from yaosu.languages.choosing import language_asked as language_asked
from yaosu.languages.facts import retold as retold
from yaosu.languages.facts import said_again as said_again
from yaosu.languages.facts import tag_told as tag_told
from yaosu.languages.facts import told as told
from yaosu.languages.filling import filled as filled
from yaosu.languages.refusing import in_language as in_language
from yaosu.languages.refusing import one_line as one_line
from yaosu.languages.texts import Said as Said
from yaosu.languages.texts import texts as texts
