/** The dialogs of the room, and its short sentences. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { text } from "../page";
import type { Dialog } from "./hall";
import { icon } from "./icons";
import { Part } from "./part";
import { SHORTCUTS } from "./shortcuts";
import type { ToastKind } from "./toasts";

export class RoomDialogs extends Part {
    #shown: Dialog | null = null;

    override render(): TemplateResult {
        const { dialog } = this.hall;
        const close = () => this.hall.ask(null);
        return html`<dialog class="dialog" aria-labelledby="dialog-title" @close=${close}>
            ${dialog ? html`<h2 class="dialog__title" id="dialog-title">${text(`dialog-${dialog}`, { name: this.hall.nameOf(this.hall.subject) })}</h2>${this.#body(dialog)}` : nothing}
        </dialog>`;
    }

    #body(dialog: Dialog): TemplateResult {
        const { hall } = this;
        const close = () => hall.ask(null);
        const cancel = html`<button type="button" class="button button--second" @click=${close}>${text("cancel")}</button>`;
        if (dialog === "devices")
            return html`<device-choice></device-choice><div class="dialog__ways"><button type="button" class="button" @click=${close}>${text("close")}</button></div>`;
        if (dialog === "help")
            return html`<p class="hint">${text("help-about")}</p>
                <dl class="keys">${SHORTCUTS.map(({ keys, name }) => html`<div class="keys__one"><dt>${text(name)}</dt><dd><kbd>${keys}</kbd></dd></div>`)}</dl>
                <div class="dialog__ways"><button type="button" class="button" @click=${close}>${text("close")}</button></div>`;
        if (dialog === "remove") {
            const who = hall.subject;
            const remove = () => {
                close();
                void hall.order({ type: "remove", who });
            };
            return html`<p>${text("remove-about")}</p><div class="dialog__ways"><button type="button" class="button" @click=${remove}>${text("remove")}</button>${cancel}</div>`;
        }
        return html`<p>${text("leave-about")}</p>
            <div class="dialog__ways">
                <button type="button" class="button" @click=${() => hall.leave()}>${text("leave")}</button>
                <button type="button" class="button button--second" @click=${() => hall.endForAll()}>${text("end-for-all")}</button>
                <button type="button" class="button button--quiet" @click=${close}>${text("cancel")}</button>
            </div>`;
    }

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const { dialog } = this.hall;
        if (dialog === this.#shown) return;
        this.#shown = dialog;
        const element = this.querySelector("dialog");
        if (dialog && !element?.open) element?.showModal();
        else if (!dialog && element?.open) element.close();
    }
}

const SIGNS: Record<ToastKind, "check" | "warning" | "hand" | "people" | "chat"> = {
    note: "check",
    bad: "warning",
    hand: "hand",
    knock: "people",
    chat: "chat",
};

export class RoomToasts extends Part {
    override render(): TemplateResult {
        const { toasts, isHost } = this.hall;
        return html`<div class="toasts" role="status" aria-live="polite">
                ${repeat(
                    toasts.list,
                    ({ id }) => id,
                    ({ id, kind, sentence }) => html`<div class="toast toast--${kind}">
                        ${icon(SIGNS[kind])}
                        <p class="toast__words">${sentence}</p>
                        ${kind === "knock" && isHost && this.hall.panel !== "people" ? html`<button type="button" class="button button--small" @click=${() => this.hall.open("people")}>${text("look")}</button>` : nothing}
                        <button type="button" class="toast__close" aria-label=${text("close")} @click=${() => toasts.dismiss(id)}>${icon("close")}</button>
                    </div>`,
                )}
            </div>
            <p class="unseen" role="status" aria-live="polite">${toasts.whispered}</p>`;
    }
}
