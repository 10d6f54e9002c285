/** Which of the others' tracks are received: every voice, and only the pictures that stand on the screen. */
import { type RemoteTrackPublication, type Room, RoomEvent, Track } from "livekit-client";

/** A picture that has left the screen is paused at once and given up after this time, so that turning a page back is quick. */
const KEPT_MS = 5000;

export class Subscribing {
    #room: Room | null = null;
    #wanted: ReadonlySet<string> = new Set();
    readonly #leaving = new Map<RemoteTrackPublication, number>();

    /** From now on these are the tracks of another room. */
    enter(room: Room): void {
        this.#room = room;
        const decide = () => this.#decide();
        room.on(RoomEvent.TrackPublished, decide);
        room.on(RoomEvent.ParticipantConnected, decide);
        room.on(RoomEvent.Connected, decide);
        room.on(RoomEvent.Reconnected, decide);
        room.on(RoomEvent.Disconnected, () => {
            for (const timer of this.#leaving.values()) clearTimeout(timer);
            this.#leaving.clear();
        });
    }

    /** The keys of the pictures on the screen, as `tiles.ts` names them. */
    want(keys: ReadonlySet<string>): void {
        this.#wanted = keys;
        this.#decide();
    }

    #decide(): void {
        for (const { identity, trackPublications } of this.#room?.remoteParticipants.values() ?? [])
            for (const publication of trackPublications.values())
                this.#settle(identity, publication as RemoteTrackPublication);
    }

    #settle(identity: string, publication: RemoteTrackPublication): void {
        const screen = publication.source === Track.Source.ScreenShare;
        const wanted =
            publication.kind === Track.Kind.Audio || this.#wanted.has(`${screen ? "screen" : "camera"} ${identity}`);
        if (wanted) {
            clearTimeout(this.#leaving.get(publication));
            this.#leaving.delete(publication);
            if (!publication.isDesired) publication.setSubscribed(true);
        } else if (publication.isDesired && !this.#leaving.has(publication)) {
            const leave = () => {
                this.#leaving.delete(publication);
                publication.setSubscribed(false);
            };
            this.#leaving.set(publication, setTimeout(leave, KEPT_MS));
        }
    }
}
