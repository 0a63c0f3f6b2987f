/** What is dragged inside the list of chats. */
export type Dragged = { kind: 'chat' | 'folder'; id: string };

const types = { chat: 'application/x-kontor-chat', folder: 'application/x-kontor-folder' } as const;

export function startDrag(event: DragEvent, dragged: Dragged): void {
  if (!event.dataTransfer) return;
  event.dataTransfer.setData(types[dragged.kind], dragged.id);
  event.dataTransfer.effectAllowed = 'move';
}

/** takes says whether something of the list hangs over; its id can be read only when it falls. */
export function takes(event: DragEvent): boolean {
  return Object.values(types).some((type) => event.dataTransfer?.types.includes(type));
}

/** droppedOn reads what fell. */
export function droppedOn(event: DragEvent): Dragged | undefined {
  for (const kind of ['chat', 'folder'] as const) {
    const id = event.dataTransfer?.getData(types[kind]);
    if (id) return { kind, id };
  }
  return undefined;
}
