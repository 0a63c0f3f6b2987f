import type { Message } from '$lib/api.gen';

/** Editing is the question that is being asked anew, if any, and the id of the answer that is being changed, '' for none. */
class Editing {
  answer = $state('');
  question = $state.raw<Message | undefined>(undefined);

  begin(question: Message): void {
    this.question = question;
  }

  end(): void {
    this.question = undefined;
  }
}

export const editing = new Editing();
