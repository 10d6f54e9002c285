/** Tries the whole way to the meeting before one comes in, and names the part that fails. */
import { Room, RoomEvent } from "livekit-client";
import { pathOf } from "./network";

/** The site itself, the door of the media engine, and the way of pictures and voices. */
export type Step = "site" | "signalling" | "packets";
export type Outcome = "running" | "good" | "bad" | "unknown";

export interface Trial {
    readonly steps: Record<Step, Outcome>;
    /** What carries the packets (`udp`, `tcp`, …) and the round trip in ms, once known. */
    readonly path: string;
    readonly roundTripMs: number | null;
}

const PATIENCE_MS = 12_000;

/** `address` answers a POST with `{url, token}` for a room in which nobody sees anybody. `told` hears of each step. */
export async function tryConnection(address: string, told: (trial: Trial) => void): Promise<void> {
    let trial: Trial = {
        steps: { site: "running", signalling: "unknown", packets: "unknown" },
        path: "",
        roundTripMs: null,
    };
    const now = (steps: Partial<Record<Step, Outcome>>, more: Partial<Trial> = {}) => {
        trial = { ...trial, ...more, steps: { ...trial.steps, ...steps } };
        told(trial);
    };
    now({});
    const pass = await askPass(address);
    if (!pass) {
        now({ site: "bad" });
        return;
    }
    now({ site: "good", signalling: "running" });
    const room = new Room();
    room.on(RoomEvent.SignalConnected, () => now({ signalling: "good", packets: "running" }));
    try {
        const url = pass.url || location.origin.replace(/^http/, "ws");
        await room.connect(url, pass.token, {
            autoSubscribe: false,
            maxRetries: 0,
            peerConnectionTimeout: PATIENCE_MS,
        });
        const path = await pathOf(room);
        now({ packets: "good" }, { path: path?.carrier ?? "", roundTripMs: path?.roundTripMs ?? null });
    } catch {
        now(trial.steps.signalling === "good" ? { packets: "bad" } : { signalling: "bad" });
    }
    await room.disconnect();
}

async function askPass(address: string): Promise<{ url: string; token: string } | null> {
    try {
        const answer = await fetch(address, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: "{}",
        });
        return answer.ok ? await answer.json() : null;
    } catch {
        return null;
    }
}
