"""How long the words that people write in a consultation may be, in letters."""

from server.kernel.words import clean as clean

NAME_LIMIT = 80
TEXT_LIMIT = 5_000
REASON_LIMIT = 1_000
TITLE_LIMIT = 300
SUMMARY_LIMIT = 5_000
SUGGESTION_LIMIT = 20_000
SOURCE_LIMIT = 300
EXPLANATION_LIMIT = 10_000
