/**
 * The pictures and voices of the room, kept connected for as long as the meeting wants it: one livekit-client room for each connection.
 * Who is in the meeting is never decided here, and nothing of the meeting is lost when all of this is.
 */
import {
    ConnectionQuality,
    type LocalParticipant,
    type LocalTrack,
    type Participant,
    ParticipantEvent,
    type RemoteParticipant,
    type RemoteTrack,
    type Room,
    RoomEvent,
    Track,
    type TrackPublication,
} from "livekit-client";
import { type Fault, faultOf, type Tracks } from "./devices";
import { CHANGES, type Devices, newRoom, SCREEN, SOURCES, type Source, sourceOf } from "./engine_room";
import { Subscribing } from "./subscribing";

/** Where the media engine is and what lets one in. */
export interface Pass {
    readonly url: string;
    readonly token: string;
    /** Of those who hear each other the company into which it lets one. */
    readonly cell: number;
}

/** `moving`: to another company; `lost`: the engine cannot be reached and is tried again by and by. */
export type MediaState = "off" | "connecting" | "connected" | "moving" | "reconnecting" | "lost";
/** What broke a connection: the way to the engine's door, the way of the packets themselves, or the pass. */
export type Breakage = "signalling" | "packets" | "pass";

/** Told to whoever made the media. */
export interface MediaListener {
    changed(): void;
    /** A device of one's own cannot be used. */
    failed(source: Source, fault: Fault): void;
    /** Somebody else switched one's own device off. */
    silenced(source: Source): void;
}

/** What is sent again on the next connection. */
const LASTING = ["microphone", "camera"] as const;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/** After so long it is looked whether what was to be sent is sent. */
const LOOK_AGAIN_MS = 3000;

export class Media {
    state: MediaState = "off";
    breakage: Breakage | null = null;
    /** One's own, from the first connection on. */
    identity = "";
    /** The browser plays no sound before the viewer has touched the page. */
    blocked = false;
    /** Who speaks now, the loudest first, and when each identity spoke last (ms of `performance.now`). */
    speaking: readonly string[] = [];
    readonly spokeAt = new Map<string, number>();
    room: Room;
    readonly subscribing = new Subscribing();
    readonly #wishes: Record<Source, boolean> = { microphone: false, camera: false, screen: false };
    readonly #busy = new Set<Source>();
    readonly #sounds: HTMLElement;
    #ready: Tracks = { camera: null, microphone: null };
    #publishing: Promise<void> = Promise.resolve();
    #wanted = false;
    #failures = 0;
    #retry = 0;
    #looking = 0;
    #signalled = false;
    #held = false;
    /** Where one belongs, and where the pass of this connection leads. */
    #cell: number | null = null;
    #entered: number | null = null;

    constructor(
        readonly askPass: () => Promise<Pass>,
        readonly listener: MediaListener,
        readonly devices: () => Devices,
    ) {
        this.#sounds = document.createElement("div");
        this.#sounds.hidden = true;
        document.body.append(this.#sounds);
        this.room = this.#newRoom();
    }

    /** Connect and stay connected; publish the tracks that the device check leaves open, as soon as there are any. */
    start(opening: Promise<Tracks>): void {
        this.#wanted = true;
        void this.#connect();
        void opening.then((ready) => {
            this.#ready = ready;
            if (!this.#wanted) this.#drop();
            this.#wishes.camera ||= this.#ready.camera !== null;
            this.#wishes.microphone ||= this.#ready.microphone !== null;
            if (this.state === "connected") void this.#publish();
        });
    }

    /** Leave, and let all devices go. */
    async stop(): Promise<void> {
        this.#wanted = false;
        clearTimeout(this.#retry);
        clearTimeout(this.#looking);
        this.#retry = 0;
        this.#entered = null;
        this.#drop();
        this.#become("off");
        await this.room.disconnect();
    }

    #drop(): void {
        this.#ready.camera?.stop();
        this.#ready.microphone?.stop();
        this.#ready = { camera: null, microphone: null };
        this.#wishes.camera = this.#wishes.microphone = this.#wishes.screen = false;
    }

    /** One belongs to another company from now on: leave these pictures and voices, and come to those for which the next pass is. */
    belong(cell: number): void {
        if (this.#cell === cell) return;
        this.#cell = cell;
        this.#move();
    }

    #move(): void {
        if (!this.#wanted || this.#entered === this.#cell) return;
        this.#failures = 0;
        if (this.#retry) void this.#connect();
        else if (!["disconnected", "connecting"].includes(this.room.state)) {
            const { room } = this;
            this.#part();
            void room.disconnect();
            void this.#connect();
        }
    }

    /** The viewer asks not to wait for the next try. */
    hurry(): void {
        if (this.#wanted && this.#retry) void this.#connect();
    }

    // --- one's own devices ---------------------------------------------------------------------------------------------

    isOn(source: Source): boolean {
        if (source === "screen") return this.publication(this.identity, source) !== undefined;
        return this.#wishes[source];
    }

    /** While it is held, nobody would hear the microphone: it is not opened, only the wish is kept. */
    hold(held: boolean): void {
        if (this.#held === held) return;
        this.#held = held;
        if (!held && this.state === "connected") void this.#publish();
        this.listener.changed();
    }

    isBusy(source: Source): boolean {
        return this.#busy.has(source);
    }

    /** Switch a device of one's own. What cannot be done now is done when the connection is back. */
    async turn(source: Source, on: boolean): Promise<void> {
        if (this.#busy.has(source)) return;
        this.#wishes[source] = on;
        if (this.room.state !== "connected" || (on && this.#isHeld(source))) {
            this.listener.changed();
            return;
        }
        await this.#during(source, async (self) => {
            if (source === "microphone") await self.setMicrophoneEnabled(on);
            else if (source === "camera") await self.setCameraEnabled(on);
            else await self.setScreenShareEnabled(on, SCREEN);
        });
        this.listener.changed();
    }

    /** Do something with a device of one's own that takes time. */
    async #during(source: Source, act: (self: LocalParticipant) => Promise<unknown>): Promise<void> {
        const { room } = this;
        this.#busy.add(source);
        this.listener.changed();
        let fault: Fault | null = null;
        try {
            await act(room.localParticipant);
        } catch (error) {
            fault = faultOf(error);
        }
        if (room === this.room) this.#busy.delete(source);
        // What ends after its connection is no news of the next one, and nobody sees or hears what it has opened.
        else for (const { track } of room.localParticipant.trackPublications.values()) track?.stop();
        // Who closes the window in which a screen is chosen has changed their mind: nothing failed. Nor did a device that was not yet
        // sent when the connection ended: it is tried again with the next one.
        const ended = fault === "unknown" && room.state !== "connected";
        if (!fault || (source !== "screen" && (ended || room !== this.room))) return;
        this.#wishes[source] = false;
        if (source !== "screen" || fault !== "denied") this.listener.failed(source, fault);
    }

    async use(kind: MediaDeviceKind, device: string): Promise<void> {
        try {
            await this.room.switchActiveDevice(kind, device);
        } catch (error) {
            this.listener.failed(kind === "videoinput" ? "camera" : "microphone", faultOf(error));
        }
        this.listener.changed();
    }

    /** After a touch of the page: play what the browser has held back. */
    async unblock(): Promise<void> {
        await this.room.startAudio();
        await this.room.startVideo();
    }

    // --- what there is of somebody -------------------------------------------------------------------------------------

    participant(identity: string): Participant | undefined {
        if (identity === this.identity) return this.room.localParticipant;
        return this.room.remoteParticipants.get(identity);
    }

    publication(identity: string, source: Source): TrackPublication | undefined {
        return this.participant(identity)?.getTrackPublication(SOURCES[source]);
    }

    /** Whether this device of theirs can be heard or seen now by whoever listens or looks. */
    isLive(identity: string, source: Source): boolean {
        const publication = this.publication(identity, source);
        return publication !== undefined && !publication.isMuted;
    }

    isLost(identity: string): boolean {
        const participant = this.participant(identity);
        if (identity === this.identity) return this.state === "reconnecting" || this.state === "lost";
        return participant?.connectionQuality === ConnectionQuality.Lost;
    }

    // --- the connection ------------------------------------------------------------------------------------------------

    async #connect(): Promise<void> {
        clearTimeout(this.#retry);
        this.#retry = 0;
        this.#signalled = false;
        const moves = this.#entered !== null && this.#entered !== this.#cell;
        this.#become(this.#failures ? "lost" : this.state === "off" ? "connecting" : moves ? "moving" : "reconnecting");
        let pass: Pass | null = null;
        const { room } = this;
        const cell = this.#cell;
        try {
            pass = await this.askPass();
            if (!this.#wanted) return;
            this.#entered = pass.cell;
            // Our engine holds media back until its answer can have been taken in. Another one need not, and over a
            // single connection what comes before would be lost to its track for good.
            room.options.singlePeerConnection = new URL(pass.url, location.href).host === location.host;
            await room.connect(pass.url, pass.token, { autoSubscribe: false, maxRetries: 0 });
        } catch {
            this.breakage = pass === null ? "pass" : this.#signalled ? "packets" : "signalling";
            this.#again();
            return;
        }
        this.breakage = null;
        this.#failures = 0;
        this.#become("connected");
        if (cell === this.#cell || this.#entered === this.#cell) await this.#publish();
        else this.#move(); // one has been moved meanwhile
    }

    #again(): void {
        if (!this.#wanted || this.#retry) return;
        this.#failures += 1;
        const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
        this.#retry = setTimeout(() => void this.#connect(), longest / 2 + (Math.random() * longest) / 2);
        this.#become("lost");
    }

    /** Send what one wishes to send: the tracks of the device check the first time, the devices themselves afterwards. */
    #publish(): Promise<void> {
        this.#publishing = this.#publishing.then(() => this.#publishNow());
        return this.#publishing;
    }

    async #publishNow(): Promise<void> {
        const ready = this.#ready;
        this.#ready = { camera: null, microphone: null };
        for (const source of LASTING) {
            const track = ready[source];
            if (!this.#lacks(source)) track?.stop();
            else if (track?.mediaStreamTrack.readyState === "live") await this.#send(source, track as LocalTrack);
            else await this.turn(source, true);
        }
        clearTimeout(this.#looking);
        this.#looking = setTimeout(() => this.#lookAgain(), LOOK_AGAIN_MS);
        this.listener.changed();
    }

    /** What a device or a connection refused without a word is asked for again. */
    #lookAgain(): void {
        const lacks = LASTING.some((source) => this.#lacks(source));
        if (this.#wanted && this.state === "connected" && lacks) void this.#publish();
    }

    #lacks(source: Source): boolean {
        return this.#wishes[source] && !this.#isHeld(source) && !this.isLive(this.identity, source);
    }

    async #send(source: Source, track: LocalTrack): Promise<void> {
        await this.#during(source, async (self) => {
            try {
                await self.publishTrack(track);
            } catch (error) {
                track.stop();
                throw error;
            }
        });
    }

    /** What was under way need not end with its connection: the next one does not wait for it. */
    #part(): void {
        this.room = this.#newRoom();
        this.#busy.clear();
        this.#publishing = Promise.resolve();
        this.speaking = [];
        this.#sounds.replaceChildren();
    }

    /** That of the next connection. In one that was used before, what is begun on a connection may end on the next, sent to nobody. */
    #newRoom(): Room {
        const room = newRoom(this.devices());
        const changed = () => this.listener.changed();
        this.subscribing.enter(room);
        for (const event of CHANGES) room.on(event, changed);
        room.on(RoomEvent.SignalConnected, () => {
            this.#signalled = true;
            this.identity = room.localParticipant.identity;
        });
        room.on(RoomEvent.Reconnecting, () => this.#become("reconnecting"));
        room.on(RoomEvent.SignalReconnecting, changed);
        room.on(RoomEvent.Reconnected, () => {
            this.#become("connected");
            void this.#publish();
        });
        room.on(RoomEvent.Disconnected, () => {
            if (room !== this.room) return;
            this.#part();
            if (this.#wanted) this.#again();
        });
        room.on(RoomEvent.TrackSubscribed, (track) => this.#hear(track));
        room.on(RoomEvent.TrackUnsubscribed, (track) => {
            if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove();
            changed();
        });
        room.on(RoomEvent.TrackMuted, (publication, participant) => this.#muted(publication, participant));
        room.on(RoomEvent.LocalTrackUnpublished, ({ source }) => {
            // The browser's own "stop sharing" ends a screen without asking the page.
            if (source === Track.Source.ScreenShare) this.#wishes.screen = false;
            changed();
        });
        room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
            this.speaking = speakers.map(({ identity }) => identity);
            for (const identity of this.speaking) this.spokeAt.set(identity, performance.now());
            changed();
        });
        room.on(RoomEvent.AudioPlaybackStatusChanged, () => {
            this.blocked = !this.room.canPlaybackAudio;
            changed();
        });
        room.localParticipant.on(ParticipantEvent.MediaDevicesError, changed);
        return room;
    }

    #hear(track: RemoteTrack): void {
        if (track.kind === Track.Kind.Audio) this.#sounds.append(track.attach());
        this.listener.changed();
    }

    #muted(publication: TrackPublication, participant: Participant | RemoteParticipant): void {
        const source = participant.isLocal ? sourceOf(publication) : null;
        if (source && source !== "screen" && this.#wishes[source] && !this.#isHeld(source) && !this.#busy.has(source)) {
            this.#wishes[source] = false;
            this.listener.silenced(source);
        }
        this.listener.changed();
    }

    #isHeld(source: Source): boolean {
        return this.#held && source === "microphone";
    }

    #become(state: MediaState): void {
        this.state = state;
        this.listener.changed();
    }
}
