/** What the browser measures of the connection: the path in use, the round trip, loss and bitrates. */
import { type Room, Track } from "livekit-client";

export interface Path {
    /** `udp`, `tcp`, or through which relay: `relay udp`. */
    readonly carrier: string;
    readonly local: string;
    readonly remote: string;
    readonly roundTripMs: number | null;
}

export interface Flow {
    readonly bitsPerSecond: number;
    /** Of a hundred packets, how many were lost since the last measurement. */
    readonly lossPercent: number;
}

export interface Measured {
    readonly path: Path | null;
    readonly sent: Flow;
    readonly received: Flow;
}

interface Totals {
    at: number;
    sentBytes: number;
    sentPackets: number;
    sentLost: number;
    receivedBytes: number;
    receivedPackets: number;
    receivedLost: number;
}

// biome-ignore lint/suspicious/noExplicitAny: the browser's reports have more fields than the standard types know
type Report = any;

/** Measures again and again the room of which `media` is; each answer covers the time since the last. */
export class Meter {
    #before: Totals | null = null;

    constructor(readonly media: { readonly room: Room }) {}

    async measure(): Promise<Measured | null> {
        const reports = await reportsOf(this.media.room);
        if (!reports.length) return null;
        const now = totals(reports);
        const before = this.#before ?? now;
        this.#before = now;
        const seconds = Math.max(0.001, (now.at - before.at) / 1000);
        const flow = (direction: "sent" | "received"): Flow => {
            const lost = Math.max(0, now[`${direction}Lost`] - before[`${direction}Lost`]);
            const packets = Math.max(0, now[`${direction}Packets`] - before[`${direction}Packets`]);
            const all = direction === "sent" ? packets : packets + lost;
            const bits = Math.max(0, now[`${direction}Bytes`] - before[`${direction}Bytes`]) * 8;
            return { bitsPerSecond: bits / seconds, lossPercent: all ? Math.min(100, (100 * lost) / all) : 0 };
        };
        return { path: pathIn(reports), sent: flow("sent"), received: flow("received") };
    }
}

export async function pathOf(room: Room): Promise<Path | null> {
    return pathIn(await reportsOf(room));
}

async function reportsOf(room: Room): Promise<Report[]> {
    const { publisher, subscriber } = room.engine.pcManager ?? {};
    const stats = await Promise.all(
        [publisher?.getStats(), subscriber?.getStats()].map((report) => report?.catch(() => undefined)),
    );
    return stats.flatMap((report) => (report ? [...report.values()] : []));
}

function pathIn(reports: readonly Report[]): Path | null {
    const byId = new Map(reports.map((report) => [report.id, report]));
    const chosen = reports.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
    const pair =
        byId.get(chosen?.selectedCandidatePairId) ??
        reports.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    if (!pair) return null;
    const [local, remote] = [byId.get(pair.localCandidateId), byId.get(pair.remoteCandidateId)];
    const relayed = local?.candidateType === "relay";
    return {
        carrier: relayed ? `relay ${local.relayProtocol ?? ""}`.trim() : (remote?.protocol ?? local?.protocol ?? ""),
        local: local?.networkType ?? local?.candidateType ?? "",
        remote: remote?.address ? `${remote.address}:${remote.port}` : "",
        roundTripMs: pair.currentRoundTripTime === undefined ? null : Math.round(pair.currentRoundTripTime * 1000),
    };
}

function totals(reports: readonly Report[]): Totals {
    const sum = (type: string, field: string): number =>
        reports.reduce((total, report) => total + (report.type === type ? Number(report[field] ?? 0) : 0), 0);
    return {
        at: performance.now(),
        sentBytes: sum("outbound-rtp", "bytesSent"),
        sentPackets: sum("outbound-rtp", "packetsSent"),
        sentLost: sum("remote-inbound-rtp", "packetsLost"),
        receivedBytes: sum("inbound-rtp", "bytesReceived"),
        receivedPackets: sum("inbound-rtp", "packetsReceived"),
        receivedLost: sum("inbound-rtp", "packetsLost"),
    };
}

/** Why a picture that one would like to see does not move, by the identity of whom it shows. */
export type Held = "off" | "audio_only" | "off_screen" | "bandwidth" | "coming";

export type Picture = Track.Source.Camera | Track.Source.ScreenShare;

export function heldBack(room: Room, identity: string, picture: Picture, audioOnly: boolean): Held | null {
    const publication = room.remoteParticipants.get(identity)?.getTrackPublication(picture);
    if (!publication || publication.isMuted) return "off";
    if (audioOnly) return "audio_only";
    if (!publication.isDesired || !publication.isEnabled) return "off_screen";
    if (!publication.videoTrack) return "coming";
    return publication.videoTrack.streamState === Track.StreamState.Paused ? "bandwidth" : null;
}
