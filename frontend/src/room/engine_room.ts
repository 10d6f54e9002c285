/** A room of the media engine's client as this page uses it. */
import {
    Room,
    RoomEvent,
    type ScreenShareCaptureOptions,
    Track,
    type TrackPublication,
    VideoPresets,
} from "livekit-client";

export type Source = "microphone" | "camera" | "screen";

export const SOURCES = {
    microphone: Track.Source.Microphone,
    camera: Track.Source.Camera,
    screen: Track.Source.ScreenShare,
};
export const SCREEN: ScreenShareCaptureOptions = { audio: true, contentHint: "detail", selfBrowserSurface: "exclude" };

/** The devices that were chosen, where any were. */
export interface Devices {
    readonly camera?: string | undefined;
    readonly microphone?: string | undefined;
    readonly speaker?: string | undefined;
}

/** What changes something that can be seen, and nothing else. */
export const CHANGES = [
    RoomEvent.ParticipantConnected,
    RoomEvent.ParticipantDisconnected,
    RoomEvent.TrackPublished,
    RoomEvent.TrackUnpublished,
    RoomEvent.TrackSubscriptionStatusChanged,
    RoomEvent.TrackStreamStateChanged,
    RoomEvent.TrackUnmuted,
    RoomEvent.LocalTrackPublished,
    RoomEvent.ConnectionQualityChanged,
    RoomEvent.MediaDevicesChanged,
    RoomEvent.ActiveDeviceChanged,
] as const;

export function newRoom(devices: Devices): Room {
    return new Room({
        adaptiveStream: true,
        dynacast: true,
        disconnectOnPageLeave: true,
        videoCaptureDefaults: { resolution: VideoPresets.h720.resolution, ...named(devices.camera) },
        audioCaptureDefaults: {
            echoCancellation: true,
            noiseSuppression: true,
            autoGainControl: true,
            ...named(devices.microphone),
        },
        ...(devices.speaker ? { audioOutput: { deviceId: devices.speaker } } : {}),
    });
}

const named = (device: string | undefined) => (device ? { deviceId: device } : {});

export function sourceOf(publication: TrackPublication): Source | null {
    return (Object.keys(SOURCES) as Source[]).find((source) => SOURCES[source] === publication.source) ?? null;
}
