import { speechRate, wavOf } from './wav';
import workletUrl from './worklet.js?url';

/** What a recording tells while it goes on. */
export interface Listener {
  /** pieces come about ten times a second: how long it is, and how loud, from 0 to 1. */
  heard(seconds: number, level: number): void;
  /** The microphone is gone. */
  broken(): void;
}

/** Recording takes the microphone until it is finished or discarded. The sound stays in memory. */
export class Recording {
  #pieces: Float32Array[] = [];
  #samples = 0;
  #ended: (() => void) | undefined;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly node: AudioWorkletNode,
    listener: Listener,
  ) {
    node.port.onmessage = ({ data }: MessageEvent<Float32Array | null>) => {
      if (data === null) {
        this.#ended?.();
        return;
      }
      this.#pieces.push(data);
      this.#samples += data.length;
      listener.heard(
        this.#samples / context.sampleRate,
        Math.min(
          1,
          data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
        ),
      );
    };
    for (const track of stream.getAudioTracks()) track.addEventListener('ended', () => listener.broken());
  }

  /** begin asks for the microphone; what the browser refuses is thrown as it is. */
  static async begin(listener: Listener): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      const node = new AudioWorkletNode(context, 'recorder', {
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      const recording = new Recording(stream, context, node, listener);
      // The node says nothing; without a way to the loudspeaker some browsers would not run it.
      context.createMediaStreamSource(stream).connect(node).connect(context.destination);
      return recording;
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      void context.close();
      throw error;
    }
  }

  /** finish ends the recording and returns it as a WAV file. */
  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    const rest = new Promise<void>((resolve) => (this.#ended = resolve));
    this.node.port.postMessage('end');
    // A microphone that is gone may have taken the node with it.
    await Promise.race([rest, new Promise((resolve) => setTimeout(resolve, 1000))]);
    const rate = this.context.sampleRate;
    const buffer = new AudioBuffer({ length: Math.max(1, this.#samples), sampleRate: rate });
    let at = 0;
    for (const piece of this.#pieces) {
      buffer.copyToChannel(new Float32Array(piece), 0, at);
      at += piece.length;
    }
    this.discard();
    const length = Math.max(1, Math.ceil((buffer.length * speechRate) / rate));
    const offline = new OfflineAudioContext(1, length, speechRate);
    const source = new AudioBufferSourceNode(offline, { buffer });
    source.connect(offline.destination);
    source.start();
    return wavOf((await offline.startRendering()).getChannelData(0));
  }

  /** discard gives the microphone back. */
  discard(): void {
    this.#pieces = [];
    for (const track of this.stream.getTracks()) track.stop();
    if (this.context.state !== 'closed') void this.context.close();
  }
}
