const near = 48; // pixels from the end that still count as being there

/** FollowEnd keeps a growing page at its end as long as the reader is there. */
export interface FollowEnd {
  readonly atEnd: boolean;
  attach: (node: HTMLElement) => () => void;
  toEnd: (smooth?: boolean) => void;
  /** toTop shows an element at the upper edge and stops following. */
  toTop: (element: Element) => void;
}

/** followEnd follows as long as the end of what is read is on the page; what is read from its beginning stays there. */
export function followEnd(
  endIsHere: () => boolean = () => true,
  fromBeginning: () => boolean = () => false,
): FollowEnd {
  let atEnd = $state(true);
  let element: HTMLElement | undefined;
  let written = -1;

  const jump = () => {
    if (!element) return;
    element.scrollTop = fromBeginning() ? 0 : element.scrollHeight;
    written = element.scrollTop;
  };
  return {
    get atEnd() {
      return atEnd;
    },
    attach(node) {
      element = node;
      const measure = () => {
        // Our own jump is not the reader's will.
        if (node.scrollTop === written && endIsHere()) {
          atEnd = true;
          return;
        }
        atEnd = endIsHere() && node.scrollHeight - node.scrollTop - node.clientHeight < near;
        written = -1;
      };
      const grown = new ResizeObserver(() => {
        if (atEnd && endIsHere()) jump();
      });
      const watch = () => {
        grown.disconnect();
        grown.observe(node);
        for (const child of node.children) grown.observe(child);
      };
      const changed = new MutationObserver(watch);
      changed.observe(node, { childList: true });
      watch();
      node.addEventListener('scroll', measure, { passive: true });
      jump();
      return () => {
        grown.disconnect();
        changed.disconnect();
        node.removeEventListener('scroll', measure);
        element = undefined;
      };
    },
    toEnd(smooth = false) {
      atEnd = true;
      if (smooth) element?.scrollTo({ top: element.scrollHeight, behavior: 'smooth' });
      else requestAnimationFrame(jump);
    },
    toTop(target) {
      if (!element) return;
      atEnd = false;
      written = -1;
      element.scrollTop += target.getBoundingClientRect().top - element.getBoundingClientRect().top;
    },
  };
}
