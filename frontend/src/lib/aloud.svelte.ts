/** Some voices fall silent in a longer text, so it is given to them in pieces of so many characters. */
const longest = 240;

/** sentencesOf cuts a text at the ends of sentences, a long sentence between words. */
export function sentencesOf(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  const push = () => {
    if (piece !== '') pieces.push(piece);
    piece = '';
  };
  for (const sentence of text.match(/[^.!?\n]+[.!?]*|[.!?]+/g) ?? []) {
    for (const word of sentence.split(/\s+/)) {
      if (word === '') continue;
      if (piece.length + word.length + 1 > longest) push();
      piece = piece === '' ? word.slice(0, longest) : `${piece} ${word}`;
    }
    if (piece.length > longest / 2) push();
  }
  push();
  return pieces;
}

const german = new Set(
  'der die das und ist nicht ein eine von zu mit den dem des für auf wird sind'.split(' '),
);
const english = new Set('the and is not a an of to with for on are that this it in be by as was'.split(' '));

/** languageOfText counts the small words of both languages. */
export function languageOfText(text: string): 'de' | 'en' {
  let score = 0;
  for (const word of text.toLowerCase().split(/[^a-zäöüß]+/)) {
    if (german.has(word)) score += 1;
    if (english.has(word)) score -= 1;
  }
  return score >= 0 ? 'de' : 'en';
}

/** Aloud reads answers by a voice of this computer; voices of a service on the internet are never used. */
class Aloud {
  /** Whether there is a voice at all. */
  possible = $state(false);
  /** The message that is being read, '' if none. */
  reading = $state('');
  #turn = 0;

  constructor() {
    if (!('speechSynthesis' in globalThis)) return;
    const look = () => (this.possible = this.#voices().length > 0);
    look();
    speechSynthesis.addEventListener('voiceschanged', look);
  }

  read(id: string, text: string): void {
    this.stop();
    const pieces = sentencesOf(text);
    if (pieces.length === 0) return;
    const language = languageOfText(text);
    const voices = this.#voices();
    const voice = voices.find((one) => one.lang.toLowerCase().startsWith(language)) ?? voices[0];
    // Without one the browser would take its own choice, which may be a service.
    if (!voice) return;
    this.reading = id;
    this.#turn += 1;
    this.#next(pieces, 0, this.#turn, voice);
  }

  stop(): void {
    this.#turn += 1;
    if (this.reading === '') return;
    this.reading = '';
    speechSynthesis.cancel();
  }

  #next(pieces: string[], at: number, turn: number, voice: SpeechSynthesisVoice): void {
    if (turn !== this.#turn) return;
    const piece = pieces[at];
    if (piece === undefined) {
      this.reading = '';
      return;
    }
    const utterance = new SpeechSynthesisUtterance(piece);
    utterance.lang = voice.lang;
    utterance.voice = voice;
    utterance.addEventListener('end', () => this.#next(pieces, at + 1, turn, voice));
    utterance.addEventListener('error', () => {
      if (turn === this.#turn) this.reading = '';
    });
    speechSynthesis.speak(utterance);
  }

  #voices(): SpeechSynthesisVoice[] {
    return speechSynthesis.getVoices().filter((voice) => voice.localService);
  }
}

export const aloud = new Aloud();
