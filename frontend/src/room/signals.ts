/** What the network does, in figures that can be read out to a technician over the telephone. */

import { html, nothing, type TemplateResult } from "lit";
import { ConnectionQuality, Track } from "livekit-client";
import type { Member } from "../../protocol.gen";
import { live, number, text } from "../page";
import { heldBack, type Measured, Meter, type Picture } from "./network";
import { Part } from "./part";

const EVERY_MS = 2000;
const MEDIA = {
    off: "media-off",
    connecting: "live-connecting",
    connected: "live-live",
    moving: "media-moving",
    reconnecting: "live-reconnecting",
    lost: "live-reconnecting",
} as const;

export class NetworkPanel extends Part {
    #measured: Measured | null = null;
    #timer = 0;
    #meter: Meter | null = null;

    override connectedCallback(): void {
        super.connectedCallback();
        this.#meter = new Meter(this.hall.media);
        const measure = async () => {
            this.#measured = (await this.#meter?.measure()) ?? null;
            this.requestUpdate();
        };
        void measure();
        this.#timer = setInterval(measure, EVERY_MS);
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        clearInterval(this.#timer);
    }

    override render(): TemplateResult {
        const { media } = this.hall;
        const measured = this.#measured;
        const path = measured?.path;
        const quality = media.room.localParticipant.connectionQuality;
        return html`<div class="net">
            <dl class="net__facts">
                ${this.#fact("net-meeting", text(`live-${live.state}`))}
                ${this.#fact("net-media", text(MEDIA[media.state]))}
                ${this.#fact("net-quality", text(`quality-${quality}`), quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost)}
                ${this.#fact("net-path", path ? `${path.carrier.toUpperCase()} → ${path.remote}` : "–")}
                ${this.#fact("net-round-trip", path?.roundTripMs == null ? "–" : `${number(path.roundTripMs)} ms`)}
                ${this.#fact("net-sent", measured ? this.#flow(measured.sent) : "–")}
                ${this.#fact("net-received", measured ? this.#flow(measured.received) : "–")}
            </dl>
            ${path?.carrier.includes("tcp") ? html`<p class="hint">${text("net-tcp")}</p>` : nothing} ${this.#pictures()}
        </div>`;
    }

    #fact(name: string, value: string, bad = false): TemplateResult {
        return html`<div class="net__fact" data-bad=${bad}><dt>${text(name)}</dt><dd>${value}</dd></div>`;
    }

    #flow({ bitsPerSecond, lossPercent }: Measured["sent"]): string {
        return text("net-flow", {
            kbps: number(Math.round(bitsPerSecond / 1000)),
            loss: `${number(Math.round(lossPercent * 10) / 10)} %`,
        });
    }

    #pictures(): TemplateResult {
        const { hall } = this;
        const others = (hall.state?.members ?? []).filter(({ who }) => who !== hall.state?.me.who);
        const shares = ({ who }: Member) => hall.media.isLive(who, "screen");
        return html`<h3 class="people__title">${text("net-pictures")}</h3>
            <ul class="plain people__list">
                ${others.map((other) => [
                    shares(other) ? this.#picture(other, Track.Source.ScreenShare) : nothing,
                    this.#picture(other, Track.Source.Camera),
                ])}
            </ul>`;
    }

    #picture({ who, name }: Member, picture: Picture): TemplateResult {
        const held = heldBack(this.hall.media.room, who, picture, this.hall.audioOnly);
        const label = picture === Track.Source.ScreenShare ? text("screen-of", { name }) : name;
        return html`<li class="net__picture"><span>${label}</span> <span class="soft">${text(held ? `held-${held}` : "held-not")}</span></li>`;
    }
}
