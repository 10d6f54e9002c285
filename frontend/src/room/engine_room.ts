/** A room of the media engine's client as this page uses it. */
import { Room, RoomEvent, VideoPresets } from "livekit-client";

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
