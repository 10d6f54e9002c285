/** One picture: a person or a shared screen, with name, microphone, hand, and how the connection stands. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Track, type VideoTrack } from "livekit-client";
import { text } from "../page";
import { icon } from "./icons";
import type { Place } from "./layout";
import { Part } from "./part";
import { seatOf } from "./procedure";
import type { Tile } from "./tiles";
import { hue, initials } from "./words";

export class MediaTile extends Part {
    static override properties = { tile: { attribute: false }, place: { attribute: false } };
    declare tile: Tile;
    declare place: Place | undefined;
    #track: VideoTrack | null = null;

    override render(): TemplateResult {
        const { hall, tile } = this;
        const { identity, kind } = tile;
        const member = hall.state?.members.find(({ who }) => who === identity);
        const self = identity === hall.state?.me.who;
        const name = member?.name ?? "";
        const track = this.#wanted();
        const lost = member ? !member.connected || hall.media.isLost(identity) : false;
        const label = kind === "screen" ? text("screen-of", { name }) : name;
        const sign = hall.meeting.signs.get(identity);
        const pinned = hall.pinned === tile.key;
        const facts = kind === "camera" ? this.#facts(identity) : "";
        return html`<div class="tile__face hue-${hue(identity)}" ?hidden=${track !== null} aria-hidden="true">
                <span class="tile__initials">${kind === "screen" ? icon("share") : initials(name)}</span>
            </div>
            <video class="tile__video" ?hidden=${track === null} autoplay playsinline muted .muted=${true} aria-label=${label}></video>
            ${lost ? html`<p class="tile__lost"><span class="turning" aria-hidden="true"></span>${text("reconnecting")}</p>` : nothing}
            ${
                kind === "camera" && member && member.hand !== null
                    ? html`<p class="tile__hand">${icon("hand")}<span class="unseen">${text("hand-raised")}</span>${this.#turn(identity)}</p>`
                    : nothing
            }
            ${kind === "camera" && sign ? html`<p class="tile__sign" aria-hidden="true">${text(`sign-${sign}`)}</p>` : nothing}
            <div class="tile__foot">
                ${kind === "camera" ? this.#microphone(identity) : nothing}
                <span class="tile__name">${label}${self && kind === "camera" ? html` <span class="tile__self">(${text("you")})</span>` : nothing}${facts ? html`<span class="tile__facts">${facts}</span>` : nothing}</span>
                ${this.#held(track)}
            </div>
            <div class="tile__tools">
                ${
                    kind === "screen" && document.fullscreenEnabled
                        ? html`<button type="button" class="tile__tool" @click=${this.#whole} aria-label=${text("full-one", { name: label })}>${icon("full")}</button>`
                        : nothing
                }
                <button
                    type="button"
                    class="tile__tool"
                    aria-pressed=${pinned}
                    @click=${() => hall.pin(tile.key)}
                    aria-label=${text("pin", { name: label })}
                    title=${text(pinned ? "unpin-short" : "pin-short")}
                >
                    ${icon("pin")}
                </button>
            </div>`;
    }

    /** What somebody is in the meeting, and of which agency, by the roll. */
    #facts(identity: string): string {
        const { state } = this.hall;
        const seat = state && seatOf(state, identity);
        if (!state || !seat) return "";
        const presides = state.procedure.presides === identity;
        return [text(presides ? "duty-chair" : `duty-${seat.duty}`), seat.agency].filter(Boolean).join(" · ");
    }

    #turn(identity: string): number {
        return this.hall.meeting.hands.findIndex(({ who }) => who === identity) + 1;
    }

    #microphone(identity: string): TemplateResult {
        const on = this.hall.media.isLive(identity, "microphone");
        return html`<span class="tile__mic" data-on=${on}>${icon(on ? "mic" : "mic-off")}<span class="unseen">${text(on ? "mic-is-on" : "mic-is-off")}</span></span>`;
    }

    /** A sign that the picture stands still, with the reason in words. */
    #held(track: VideoTrack | null): TemplateResult | typeof nothing {
        if (track?.streamState !== Track.StreamState.Paused) return nothing;
        return html`<span class="tile__held" title=${text("paused-bandwidth")}>${icon("paused")}<span class="unseen">${text("paused-bandwidth")}</span></span>`;
    }

    #wanted(): VideoTrack | null {
        const { hall, tile } = this;
        const own = tile.identity === hall.state?.me.who;
        if (hall.audioOnly && !own) return null;
        const publication = hall.media.publication(tile.identity, tile.kind === "screen" ? "screen" : "camera");
        return publication && !publication.isMuted ? (publication.videoTrack ?? null) : null;
    }

    #whole(): void {
        void this.requestFullscreen();
    }

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const { hall, tile, place } = this;
        this.className = `tile tile--${tile.kind}`;
        const own = tile.identity === hall.state?.me.who;
        this.toggleAttribute("data-self", own);
        this.toggleAttribute("data-speaking", tile.kind === "camera" && hall.media.speaking.includes(tile.identity));
        this.dataset.who = tile.identity;
        if (place) {
            this.style.transform = `translate(${Math.round(place.x)}px, ${Math.round(place.y)}px)`;
            this.style.width = `${Math.round(place.width)}px`;
            this.style.height = `${Math.round(place.height)}px`;
            this.style.setProperty("--w", `${Math.round(place.width)}px`);
            this.toggleAttribute("data-small", place.width < 220);
        }
        this.#attach(this.#wanted());
    }

    #attach(track: VideoTrack | null): void {
        if (track === this.#track) return;
        const video = this.querySelector("video");
        if (!video) return;
        this.#track?.detach(video);
        track?.attach(video);
        // livekit-client unmutes what it attaches; the voice has an element of its own.
        video.muted = true;
        this.#track = track;
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        this.#attach(null);
    }
}
