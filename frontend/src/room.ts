/** The page of a meeting room. */

import { ItemPapers } from "./papers/of_item";
import { PapersPanel } from "./papers/panel";
import { AgendaPanel, ItemForm } from "./room/agenda";
import { RoomBar } from "./room/bar";
import { ChatPanel } from "./room/chat";
import { DeviceCheck, DeviceChoice } from "./room/check";
import { ConclusionList } from "./room/conclusions";
import { RoomDialogs, RoomToasts } from "./room/dialogs";
import { FloorPanel } from "./room/floor";
import { RoomGate } from "./room/gate";
import { GroupsPanel } from "./room/groups";
import { Hall } from "./room/hall";
import { MeetingLine } from "./room/line";
import { MotionBallot } from "./room/motion_ballot";
import { MotionForm } from "./room/motion_form";
import { MotionPanel } from "./room/motion_panel";
import { MeetingRoom } from "./room/page";
import { furnish } from "./room/part";
import { PeoplePanel } from "./room/people";
import { NetworkPanel } from "./room/signals";
import { SiteCheck } from "./room/site_check";
import { RoomStage } from "./room/stage";
import { MediaTile } from "./room/tile";

const printed = document.querySelector<HTMLElement>("meeting-room")?.dataset ?? {};
const hall = new Hall({
    room: Number(printed.room),
    title: printed.title ?? "",
    agency: printed.agency ?? "",
    muted: printed.muted === "true",
    home: printed.home ?? "",
    edit: printed.edit ?? "",
    trial: printed.trial ?? "",
    record: printed.record ?? "",
    halls: printed.halls ?? "",
    board: printed.board ?? "",
});
furnish(hall);
PapersPanel.listen(hall);
ConclusionList.listen(hall);
customElements.define("media-tile", MediaTile);
customElements.define("room-stage", RoomStage);
customElements.define("room-bar", RoomBar);
customElements.define("chat-panel", ChatPanel);
customElements.define("people-panel", PeoplePanel);
customElements.define("network-panel", NetworkPanel);
customElements.define("device-choice", DeviceChoice);
customElements.define("device-check", DeviceCheck);
customElements.define("agenda-panel", AgendaPanel);
customElements.define("papers-panel", PapersPanel);
customElements.define("conclusion-list", ConclusionList);
customElements.define("item-form", ItemForm);
customElements.define("item-papers", ItemPapers);
customElements.define("floor-panel", FloorPanel);
customElements.define("groups-panel", GroupsPanel);
customElements.define("meeting-line", MeetingLine);
customElements.define("motion-panel", MotionPanel);
customElements.define("motion-form", MotionForm);
customElements.define("motion-ballot", MotionBallot);
customElements.define("room-gate", RoomGate);
customElements.define("room-dialogs", RoomDialogs);
customElements.define("site-check", SiteCheck);
customElements.define("room-toasts", RoomToasts);
customElements.define("meeting-room", MeetingRoom);
