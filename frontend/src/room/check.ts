/** Before the meeting: what the camera sees, how loud the microphone is, whether one hears, and whether the way is open. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { text } from "../page";
import { devicesOf, type Kind, remember, remembered } from "./devices";
import { icon } from "./icons";
import { Part } from "./part";
import { measure, playScale } from "./sound";
import { type Step, type Trial, tryConnection } from "./trial";

const STEPS: readonly Step[] = ["site", "signalling", "packets"];

export class DeviceCheck extends Part {
    #level = 0;
    #stopMeter: (() => void) | null = null;
    #measured: MediaStreamTrack | null = null;
    #trial: Trial | null = null;
    #playing = false;

    override connectedCallback(): void {
        super.connectedCallback();
        void this.hall.trying.look();
        this.hall.trying.openRemembered(!this.hall.printed.muted);
    }

    override render(): TemplateResult {
        const { hall } = this;
        const me = hall.state?.me;
        return html`<div class="check">
            <section class="check__seen" aria-label=${text("check-seen")}>
                ${this.#preview()}
                <div class="check__switches">${this.#switch("microphone")} ${this.#switch("camera")}</div>
                ${this.#fault("microphone")} ${this.#fault("camera")}
            </section>
            <section class="check__side">
                <p class="check__agency">${hall.printed.agency}</p>
                <h1 class="check__title" lang="vi">${hall.title}</h1>
                <p class="check__about">${this.#about()}</p>
                <form class="check__form" @submit=${this.#enter}>
                    ${me?.name === "" ? this.#name() : nothing}
                    ${hall.refusal ? html`<p class="notice notice--bad" role="alert">${hall.refusal}</p>` : nothing}
                    <button class="button check__enter" ?disabled=${!me || hall.asking}>
                        ${me ? text(me.lobby ? "knock" : me.standing === "elsewhere" ? "enter-here" : "enter") : text("opening")}
                    </button>
                </form>
                <details class="check__more">
                    <summary>${text("devices")}</summary>
                    <device-choice></device-choice>
                    <button type="button" class="button button--second button--small" ?disabled=${this.#playing} @click=${this.#play}>
                        ${icon("speaker")} ${text(this.#playing ? "speaker-playing" : "speaker-try")}
                    </button>
                    <p class="hint">${text("speaker-hint")}</p>
                </details>
                ${this.#connection()}
            </section>
        </div>`;
    }

    #about(): string {
        const state = this.hall.state;
        if (state?.me.standing === "elsewhere") return text("check-elsewhere");
        if (state?.me.lobby) return text("check-lobby");
        return text(state?.phase === "running" ? "check-running" : "check-idle");
    }

    #preview(): TemplateResult {
        const { trying } = this.hall;
        const camera = trying.tracks.camera;
        const waiting = trying.opening.has("camera");
        return html`<div class="check__picture">
            <video data-part="preview" ?hidden=${!camera} autoplay playsinline muted .muted=${true} aria-label=${text("check-picture")}></video>
            ${camera ? nothing : html`<p class="check__dark">${icon("camera-off")}<span>${text(waiting ? "camera-opening" : "camera-is-off")}</span></p>`}
            ${
                trying.tracks.microphone
                    ? html`<div class="check__level"><span class="unseen">${text("level")}</span>
                        <meter data-part="level" min="0" max="1" aria-label=${text("level")}></meter></div>`
                    : nothing
            }
        </div>`;
    }

    #switch(kind: Kind): TemplateResult {
        const { trying } = this.hall;
        const on = trying.tracks[kind] !== null;
        const sign = kind === "microphone" ? (on ? "mic" : "mic-off") : on ? "camera" : "camera-off";
        return html`<button
            type="button"
            class="round"
            data-off=${!on}
            aria-pressed=${on}
            aria-label=${text(kind)}
            ?disabled=${trying.opening.has(kind)}
            @click=${() => this.#toggle(kind, !on)}
        >
            ${icon(sign)}
        </button>`;
    }

    #toggle(kind: Kind, on: boolean): void {
        remember({ [`${kind}On`]: on });
        if (on) void this.hall.trying.open(kind);
        else this.hall.trying.close(kind);
    }

    #fault(kind: Kind): TemplateResult | typeof nothing {
        const fault = this.hall.trying.faults[kind];
        return fault ? html`<p class="notice notice--bad" role="alert">${text(`fault-${kind}-${fault}`)}</p>` : nothing;
    }

    #name(): TemplateResult {
        const write = (event: Event) => {
            this.hall.name = (event.target as HTMLInputElement).value;
        };
        return html`<div class="field">
            <label for="name">${text("name")}</label>
            <span class="hint" id="name-hint">${text("name-hint")}</span>
            <input class="input" id="name" required maxlength="80" autocomplete="name" aria-describedby="name-hint" @input=${write} />
        </div>`;
    }

    #enter(event: Event): void {
        event.preventDefault();
        void this.hall.enter();
    }

    async #play(): Promise<void> {
        this.#playing = true;
        this.requestUpdate();
        await playScale(remembered().speaker);
        this.#playing = false;
        this.requestUpdate();
    }

    // --- the connection test -------------------------------------------------------------------------------------------

    #connection(): TemplateResult | typeof nothing {
        const { trial: address } = this.hall.printed;
        if (!address) return nothing;
        const trial = this.#trial;
        const running = trial !== null && STEPS.some((step) => trial.steps[step] === "running");
        const start = () =>
            tryConnection(address, (told) => {
                this.#trial = told;
                this.requestUpdate();
            });
        return html`<details class="check__more">
            <summary>${text("trial")}</summary>
            <button type="button" class="button button--second button--small" ?disabled=${running} @click=${start}>
                ${icon("network")} ${text(running ? "trial-running" : "trial-start")}
            </button>
            <ul class="trial plain" role="status">
                ${trial ? STEPS.map((step) => this.#step(step, trial)) : nothing}
            </ul>
        </details>`;
    }

    #step(step: Step, trial: Trial): TemplateResult | typeof nothing {
        const outcome = trial.steps[step];
        if (outcome === "unknown") return nothing;
        const sign =
            outcome === "good"
                ? icon("check")
                : outcome === "bad"
                  ? icon("warning")
                  : html`<span class="turning"></span>`;
        const places = { path: trial.path.toUpperCase(), ms: String(trial.roundTripMs ?? "?") };
        return html`<li class="trial__step" data-outcome=${outcome}>${sign}<span>${text(`trial-${step}-${outcome}`, places)}</span></li>`;
    }

    // --- picture and level ---------------------------------------------------------------------------------------------

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const { camera, microphone } = this.hall.trying.tracks;
        const video = this.querySelector<HTMLVideoElement>('[data-part="preview"]');
        if (video && camera && !camera.attachedElements.includes(video)) camera.attach(video);
        if (microphone?.mediaStreamTrack !== (this.#measured ?? undefined))
            this.#listenTo(microphone?.mediaStreamTrack ?? null);
    }

    #listenTo(track: MediaStreamTrack | null): void {
        this.#stopMeter?.();
        this.#measured = track;
        this.#level = 0;
        this.#stopMeter = track
            ? measure(track, (level) => {
                  this.#level = Math.max(level, this.#level * 0.8);
                  const meter = this.querySelector<HTMLMeterElement>('[data-part="level"]');
                  if (meter) meter.value = this.#level;
              })
            : null;
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        this.#listenTo(null);
    }
}

/** Which camera, microphone and speaker: the same choice before the meeting and in it. */
export class DeviceChoice extends Part {
    override connectedCallback(): void {
        super.connectedCallback();
        void this.hall.trying.look();
    }

    override render(): TemplateResult {
        return html`${this.#select("camera", "videoinput")} ${this.#select("microphone", "audioinput")} ${
            "setSinkId" in HTMLMediaElement.prototype ? this.#select("speaker", "audiooutput") : nothing
        }`;
    }

    #select(kind: Kind | "speaker", of: MediaDeviceKind): TemplateResult {
        const { hall } = this;
        const list = devicesOf(hall.trying.list, of);
        const used = hall.media.room.getActiveDevice(of);
        const chosen =
            [remembered()[kind], used].find((id) => list.some(({ deviceId }) => deviceId === id)) ?? list[0]?.deviceId;
        const choose = (event: Event) => hall.choose(kind, (event.target as HTMLSelectElement).value);
        return html`<div class="field">
            <label for="device-${kind}">${text(kind)}</label>
            <select class="select" id="device-${kind}" ?disabled=${!list.length} @change=${choose}>
                ${
                    list.length
                        ? list.map(
                              ({ deviceId, label }, at) =>
                                  html`<option value=${deviceId} ?selected=${deviceId === chosen}>${label || `${text(kind)} ${at + 1}`}</option>`,
                          )
                        : html`<option>${text("no-device")}</option>`
                }
            </select>
        </div>`;
    }
}
