// Hands on what the microphone gives, in pieces of about a tenth of a second.
// It runs beside the page, where the sound is.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(4096);
    this.length = 0;
    this.ended = false;
    this.port.onmessage = () => {
      this.ended = true;
      this.port.postMessage(this.piece.slice(0, this.length));
      this.port.postMessage(null);
    };
  }

  process([[samples] = []]) {
    if (this.ended) return false;
    if (!samples) return true;
    if (this.length + samples.length > this.piece.length) {
      this.port.postMessage(this.piece.slice(0, this.length));
      this.length = 0;
    }
    this.piece.set(samples, this.length);
    this.length += samples.length;
    return true;
  }
}

registerProcessor('recorder', Recorder);
