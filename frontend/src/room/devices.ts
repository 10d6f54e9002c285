/** One's own camera, microphone and speaker before the meeting: tried, chosen and remembered. */
import {
    createLocalAudioTrack,
    createLocalVideoTrack,
    type LocalAudioTrack,
    type LocalVideoTrack,
    VideoPresets,
} from "livekit-client";

/** Why a device cannot be used; each has a sentence that says what to do. */
export type Fault = "denied" | "missing" | "busy" | "insecure" | "outdated" | "unknown";
export type Kind = "camera" | "microphone";

const FAULTS: Record<string, Fault> = {
    NotAllowedError: "denied",
    PermissionDeniedError: "denied",
    SecurityError: "denied",
    NotFoundError: "missing",
    DevicesNotFoundError: "missing",
    OverconstrainedError: "missing",
    NotReadableError: "busy",
    TrackStartError: "busy",
    AbortError: "busy",
};

export function faultOf(error: unknown): Fault {
    return barred() ?? FAULTS[(error as Error | undefined)?.name ?? ""] ?? "unknown";
}

/** Why no device can be used in this browser or at this address, or null when they can. */
export function barred(): Fault | null {
    if (navigator.mediaDevices) return null;
    return isSecureContext ? "outdated" : "insecure";
}

/** Whether the browser can take part in a meeting at all, if only to listen. */
export const canMeet = (): boolean =>
    typeof RTCPeerConnection === "function" && "addTransceiver" in RTCPeerConnection.prototype;

const STORE = "dien-hong-devices";

interface Remembered {
    camera?: string;
    microphone?: string;
    speaker?: string;
    /** How one joined the last time. */
    cameraOn?: boolean;
    microphoneOn?: boolean;
}

export function remembered(): Remembered {
    try {
        return JSON.parse(localStorage.getItem(STORE) ?? "{}");
    } catch {
        return {};
    }
}

export function remember(choice: Partial<Remembered>): void {
    try {
        localStorage.setItem(STORE, JSON.stringify({ ...remembered(), ...choice }));
    } catch {
        // A browser that keeps nothing asks again the next time.
    }
}

export type Tracks = { camera: LocalVideoTrack | null; microphone: LocalAudioTrack | null };

/** The devices as the device check holds them. */
export class Trying {
    readonly tracks: Tracks = { camera: null, microphone: null };
    readonly faults: Record<Kind, Fault | null> = { camera: null, microphone: null };
    readonly opening = new Map<Kind, Promise<void>>();
    list: readonly MediaDeviceInfo[] = [];

    constructor(readonly changed: () => void) {
        navigator.mediaDevices?.addEventListener("devicechange", () => void this.look());
    }

    /** Open a device, the remembered one if it is still there. */
    open(kind: Kind, device = remembered()[kind]): Promise<void> {
        const done = () => {
            this.opening.delete(kind);
            this.changed();
        };
        const opening = this.opening.get(kind) ?? this.#open(kind, device).finally(done);
        this.opening.set(kind, opening);
        this.changed();
        return opening;
    }

    async #open(kind: Kind, device: string | undefined): Promise<void> {
        this.faults[kind] = barred();
        try {
            if (!this.faults[kind]) await this.#take(kind, device);
        } catch (error) {
            this.faults[kind] = faultOf(error);
        }
        await this.look();
    }

    async #take(kind: Kind, device: string | undefined): Promise<void> {
        this.tracks[kind]?.stop();
        this.tracks[kind] = null;
        const which = device ? { deviceId: { ideal: device } } : {};
        if (kind === "camera")
            this.tracks.camera = await createLocalVideoTrack({ resolution: VideoPresets.h720.resolution, ...which });
        else
            this.tracks.microphone = await createLocalAudioTrack({
                echoCancellation: true,
                noiseSuppression: true,
                autoGainControl: true,
                ...which,
            });
    }

    /** Open what was open the last time; the microphone only if it may be. */
    openRemembered(microphone: boolean): void {
        const { cameraOn, microphoneOn } = remembered();
        if (cameraOn !== false) void this.open("camera");
        if (microphone && microphoneOn !== false) void this.open("microphone");
    }

    close(kind: Kind): void {
        this.tracks[kind]?.stop();
        this.tracks[kind] = null;
        this.faults[kind] = null;
        this.changed();
    }

    /** Hand the open tracks over, also those that the browser is still being asked for: they are no longer this object's. */
    async release(): Promise<Tracks> {
        await Promise.all(this.opening.values());
        const tracks = { ...this.tracks };
        this.tracks.camera = null;
        this.tracks.microphone = null;
        return tracks;
    }

    /** Names of devices are known only once one of them has been allowed. */
    async look(): Promise<void> {
        this.list = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
        this.changed();
    }
}

export const devicesOf = (list: readonly MediaDeviceInfo[], kind: MediaDeviceKind): MediaDeviceInfo[] =>
    list.filter((device) => device.kind === kind && device.deviceId !== "");
