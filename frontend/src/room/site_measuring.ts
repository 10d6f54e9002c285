/** What a site's own page finds out about itself: of what is on, and of what somebody there opens to be tried. */
import type { Findings } from "../../protocol.gen";
import { remembered } from "./devices";
import type { Hall } from "./hall";
import { Meter } from "./network";
import { measure, playScale } from "./sound";

const LOOK_MS = 500;
const LOOKS_BETWEEN_PATHS = 4;
/** The picture is looked at this small; a covered lens differs by less than this from its own mean (of 255). */
const SMALL = { width: 16, height: 9 };
const COVERED = 4;

export class Measuring {
    level: number | null = null;
    picture: boolean | null = null;
    heard: boolean | null = null;
    roundTripMs: number | null = null;
    lostPercent: number | null = null;
    playing = false;
    /** Shows the camera that is looked at; the page puts it where it can be seen. */
    readonly video = document.createElement("video");
    readonly #meter: Meter;
    readonly #canvas = Object.assign(document.createElement("canvas"), SMALL);
    #listening: MediaStreamTrack | null = null;
    #stopListening: (() => void) | null = null;
    #timer = 0;
    #looks = 0;

    constructor(
        readonly hall: Hall,
        readonly changed: () => void,
    ) {
        this.#meter = new Meter(hall.media);
        Object.assign(this.video, { muted: true, autoplay: true, playsInline: true });
        this.#timer = setInterval(() => this.#look(), LOOK_MS);
        this.#look();
        void this.play();
    }

    /** End, and let go what was opened only to be tried. */
    stop(): void {
        clearInterval(this.#timer);
        this.#stopListening?.();
        this.video.srcObject = null;
        const { trying } = this.hall;
        for (const kind of ["microphone", "camera"] as const) {
            trying.close(kind);
            // What the browser is still asking for must not open after all is over.
            void trying.opening.get(kind)?.then(() => trying.close(kind));
        }
    }

    track(kind: "microphone" | "camera"): MediaStreamTrack | null {
        const { media, trying } = this.hall;
        const own = media.isLive(media.identity, kind) ? media.publication(media.identity, kind)?.track : null;
        const track = (own ?? trying.tracks[kind])?.mediaStreamTrack;
        return track?.readyState === "live" ? track : null;
    }

    async play(): Promise<void> {
        this.playing = true;
        this.changed();
        await playScale(remembered().speaker).catch(() => undefined);
        this.playing = false;
        this.changed();
    }

    get found(): Findings {
        const { level, picture, heard, roundTripMs, lostPercent } = this;
        return {
            level: level === null ? null : Math.round(level * 100),
            picture,
            heard,
            roundTripMs: roundTripMs === null ? null : Math.min(60_000, roundTripMs),
            lost: lostPercent === null ? null : Math.round(lostPercent * 10),
        };
    }

    #look(): void {
        this.#listen(this.track("microphone"));
        this.#watch(this.track("camera"));
        if (this.#looks++ % LOOKS_BETWEEN_PATHS === 0) void this.#measurePath();
        this.changed();
    }

    #listen(track: MediaStreamTrack | null): void {
        if (track === this.#listening) return;
        this.#stopListening?.();
        this.#listening = track;
        this.#stopListening = track
            ? measure(track, (level) => {
                  this.level = Math.max(level, this.level ?? 0);
              })
            : null;
    }

    #watch(track: MediaStreamTrack | null): void {
        const { video } = this;
        const shown = (video.srcObject as MediaStream | null)?.getVideoTracks()[0] ?? null;
        if (shown !== track) video.srcObject = track && new MediaStream([track]);
        if (!track || !video.videoWidth) return;
        const drawn = this.#canvas.getContext("2d", { willReadFrequently: true });
        if (!drawn) return;
        drawn.drawImage(video, 0, 0, SMALL.width, SMALL.height);
        const dots = drawn.getImageData(0, 0, SMALL.width, SMALL.height).data.filter((_, at) => at % 4 !== 3);
        const mean = dots.reduce((sum, dot) => sum + dot, 0) / dots.length;
        const differs = dots.reduce((sum, dot) => sum + Math.abs(dot - mean), 0) / dots.length;
        this.picture = this.picture === true || differs > COVERED;
    }

    async #measurePath(): Promise<void> {
        const first = this.#looks <= 1;
        const measured = await this.#meter.measure();
        if (!measured?.path) return;
        this.roundTripMs = measured.path.roundTripMs ?? this.roundTripMs;
        // The first answer has nothing to compare with.
        const lost = Math.max(measured.sent.lossPercent, measured.received.lossPercent);
        if (!first) this.lostPercent = Math.max(lost, this.lostPercent ?? 0);
        this.changed();
    }
}
