"""From the messages of a room to the commands of its rules."""

from typing import assert_never

from rooms import commands as c
from rooms.state import Findings, Limits, Plan
from server.kernel.ids import ItemId, PaperId, Who
from server.protocol import groups, meeting, papers, rooms, sites


def rule(message: rooms.ForRoom) -> c.Command:
    """A message as the rules know it."""
    match message:
        case rooms.Enter():
            return c.Enter()
        case rooms.Leave():
            return c.Leave()
        case rooms.Admit(who=who):
            return c.Admit(None if who is None else Who(who))
        case rooms.TurnAway(who=who):
            return c.TurnAway(Who(who))
        case rooms.SetLobby(on=on):
            return c.SetLobby(on)
        case rooms.Say(text=text, to=to, who=who):
            return c.Say(text, to, None if who is None else Who(who))
        case rooms.React():
            return c.React()
        case papers.ShowPage(paper=paper):
            return c.ShowPage(PaperId(paper))
        case rooms.Mute(who=who, source=source):
            return c.Mute(Who(who), source)
        case rooms.Remove(who=who):
            return c.Remove(Who(who))
        case rooms.EndMeeting():
            return c.EndMeeting()
        case rooms.AskMedia():
            return c.AskMedia()
        case rooms.ReadChat():
            return c.ReadChat()
        case groups.PlanGroups(count=count, deal=deal):
            return c.PlanGroups(count, deal)
        case groups.PutInGroup(who=who, group=group):
            return c.PutInGroup(Who(who), group)
        case groups.OpenGroups(seconds=seconds):
            return c.OpenGroups(seconds)
        case groups.VisitGroup(group=group):
            return c.VisitGroup(group)
        case groups.CallBack(seconds=seconds):
            return c.CallBack(seconds)
        case sites.CheckSites(who=who):
            return c.CheckSites(None if who is None else Who(who))
        case sites.TellCheck(found=found):
            return c.TellCheck(Findings(found.level, found.picture, found.heard, found.round_trip_ms, found.lost))
        case _:
            return _of_meeting(message)


def _of_meeting(message: meeting.ForMeeting) -> c.Command:
    match message:
        case meeting.Attend():
            return c.Attend()
        case meeting.TakeChair():
            return c.TakeChair()
        case meeting.GiveChair(to=to):
            return c.GiveChair(Who(to))
        case meeting.AddItem(plan=plan, before=before):
            return c.AddItem(_plan(plan), None if before is None else ItemId(before))
        case meeting.EditItem(item=item, plan=plan):
            return c.EditItem(ItemId(item), _plan(plan))
        case meeting.MoveItem(item=item, before=before):
            return c.MoveItem(ItemId(item), None if before is None else ItemId(before))
        case meeting.RemoveItem(item=item):
            return c.RemoveItem(ItemId(item))
        case meeting.GoTo(item=item):
            return c.GoTo(ItemId(item))
        case meeting.FinishItem():
            return c.FinishItem()
        case _:
            return _of_floor(message)


def _of_floor(
    message: meeting.RaiseHand
    | meeting.LowerHand
    | meeting.MoveHand
    | meeting.SetDiscussion
    | meeting.SetLimits
    | meeting.GiveFloor
    | meeting.ExtendFloor
    | meeting.WithdrawFloor
    | meeting.YieldFloor,
) -> c.Command:
    match message:
        case meeting.RaiseHand(kind=kind, side=side):
            return c.RaiseHand(kind, side)
        case meeting.LowerHand(who=who, number=number):
            return c.LowerHand(None if who is None else Who(who), number)
        case meeting.MoveHand(number=number, before=before):
            return c.MoveHand(number, before)
        case meeting.SetDiscussion(free=free):
            return c.SetDiscussion(free)
        case meeting.SetLimits(limits=limits):
            return c.SetLimits(Limits(limits.speaker_s, limits.agency_s, limits.warn_s, limits.grace_s))
        case meeting.GiveFloor(to=to, seconds=seconds):
            return c.GiveFloor(Who(to), seconds)
        case meeting.ExtendFloor(seconds=seconds):
            return c.ExtendFloor(seconds)
        case meeting.WithdrawFloor():
            return c.WithdrawFloor()
        case meeting.YieldFloor():
            return c.YieldFloor()
        case _:
            assert_never(message)


def _plan(plan: meeting.Plan) -> Plan:
    return Plan(
        plan.title,
        None if plan.presenter is None else Who(plan.presenter),
        plan.planned_at,
        plan.lasts_s,
        tuple(PaperId(paper) for paper in plan.papers),
        None if plan.readers is None else tuple(Who(who) for who in plan.readers),
    )
