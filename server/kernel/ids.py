"""Names for the integers and strings that identify things, so that a type checker keeps them apart."""

from typing import NewType

AgencyId = NewType("AgencyId", int)
PersonId = NewType("PersonId", int)
ConsultationId = NewType("ConsultationId", int)
ContributionId = NewType("ContributionId", int)
QuestionId = NewType("QuestionId", int)

SessionId = NewType("SessionId", int)
"""The number of a signed-in session. It is no secret and never comes again; the secret is in the cookie."""

NodeId = NewType("NodeId", str)
"""Opaque id of one node of one version of a draft, such as ``n17``. It lasts for that version."""

CommandId = NewType("CommandId", str)
"""A UUID made by the client. Repeating a command with the same id returns the first answer."""

Topic = NewType("Topic", str)
"""What one follows over the live socket: ``consultation/12``."""


def consultation_topic(consultation: ConsultationId) -> Topic:
    """The topic on which everything that happens in one consultation is told."""
    return Topic(f"consultation/{consultation}")
