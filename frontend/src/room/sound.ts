/** Small sounds and levels, made in the browser: no file is loaded. */

let context: AudioContext | null = null;

function audio(): AudioContext {
    context ??= new AudioContext();
    void context.resume();
    return context;
}

/** The level of a microphone, 0 to 1, ten times a second, until the returned function is called. */
export function measure(track: MediaStreamTrack, told: (level: number) => void): () => void {
    const source = audio().createMediaStreamSource(new MediaStream([track]));
    const analyser = audio().createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        // Speech lies between -50 and -10 dBFS.
        told(Math.max(0, Math.min(1, (10 * Math.log10(power + 1e-12) + 50) / 40)));
    }, 100);
    return () => {
        clearInterval(timer);
        source.disconnect();
    };
}

/** Three rising notes through the chosen speaker. Resolves when they have been played. */
export async function playScale(speaker: string | undefined): Promise<void> {
    const target = audio().createMediaStreamDestination();
    const element = new Audio();
    element.srcObject = target.stream;
    if (speaker && "setSinkId" in element) await element.setSinkId(speaker).catch(() => undefined);
    await element.play();
    for (const [at, pitch] of [392, 494, 587].entries()) note(pitch, at * 0.28, 0.26, target);
    await new Promise((done) => setTimeout(done, 1100));
    element.srcObject = null;
}

/** Somebody knocks: two low notes. */
export function knock(): void {
    for (const [at, pitch] of [294, 392].entries()) note(pitch, at * 0.18, 0.16, audio().destination);
}

function note(pitch: number, after: number, seconds: number, target: AudioNode): void {
    const at = audio().currentTime + after;
    const tone = audio().createOscillator();
    const loudness = audio().createGain();
    tone.type = "triangle";
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.22, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(loudness).connect(target);
    tone.start(at);
    tone.stop(at + seconds + 0.05);
}
