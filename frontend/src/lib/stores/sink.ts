import type { EventSink } from '$lib/events';
import { tellEnded } from '$lib/notifying';
import type { Kontor } from './kontor.svelte';

/** eventSink passes each event on to the store that it belongs to. */
export function eventSink(kontor: Kontor): EventSink {
  const { conversation } = kontor;
  return {
    answerStarted: (started, seq) => conversation.started(started, seq),
    answerPassages: (passages, seq) => conversation.passages(passages, seq),
    answerProgress: (progress, seq) => conversation.progress(progress, seq),
    answerDelta: (delta, seq) => conversation.delta(delta, seq),
    answerSentences: (sentences, seq) => conversation.sentences(sentences, seq),
    answerWork: (work, seq) => conversation.work(work, seq),
    answerEnded: (ended, seq) => {
      kontor.questions.ended(ended.message.id);
      conversation.answerEnded(ended, seq);
      kontor.chats.put(ended.chat);
      void tellEnded(kontor, ended);
    },
    chatChanged: (chat) => kontor.chatChanged(chat),
    chatRemoved: (id) => kontor.chatRemoved(id),
    documentChanged: (document) => kontor.library.put(document),
    documentRemoved: (id) => kontor.library.remove(id),
    collectionsMoved: (collections) => {
      kontor.library.collections = collections;
    },
    chatFoldersMoved: (folders) => {
      kontor.chatFolders.list = folders;
    },
    foldersMoved: (folders) => kontor.folders.take(folders),
    chatQueueMoved: (queue) => kontor.waiting.take(queue),
    statusChanged: (status) => {
      kontor.status = status;
      void kontor.attempt(() => kontor.speak(status.language));
    },
    settingsChanged: (settings) => kontor.preferences.take(settings),
    importMoved: (moved) => kontor.importing.moved(moved),
    filesDropped: (paths) => void kontor.intake.addPaths(paths),
    filesOpened: () => void kontor.intake.takeOpened(),
    desktopMoved: (desktop) => {
      kontor.desktop = desktop;
    },
    summoned: (how) => {
      kontor.summoned = how;
    },
  };
}
