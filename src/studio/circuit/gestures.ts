/**
 * The hand on a drawing: two fingers, or the wheel with Ctrl, zoom at the place where they are; a mouse drags the paper. One finger and
 * the wheel alone scroll, as on every page: the browser does that. What the keyboard reaches is scrolled to.
 */
import { followFocus } from "../follow-focus.ts";

/** Zooms by a factor, so that what lies under `x`, `y` of the frame stays there. */
export type ZoomBy = (factor: number, x: number, y: number) => void;

/** What one notch of a wheel may do at most; the small steps of a touchpad come in many events. */
const notch = 30;
const perZoom = 120;
/** Lines and pages of a wheel in pixels, roughly. */
const pixels = [1, 16, 400] as const;
/** A mouse that moved further than this has dragged, and did not click. */
const still = 4;

const onWheel = (frame: HTMLElement, zoomBy: ZoomBy) => (event: WheelEvent): void => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const { left, top } = frame.getBoundingClientRect();
  const delta = event.deltaY * (pixels[event.deltaMode] ?? 1);
  zoomBy(Math.exp(-Math.max(-notch, Math.min(notch, delta)) / perZoom), event.clientX - left, event.clientY - top);
};

interface Pinch {
  readonly spread: number;
  readonly x: number;
  readonly y: number;
}

const pinchOf = (frame: HTMLElement, { touches }: TouchEvent): Pinch => {
  const [one, other] = [touches[0]!, touches[1]!];
  const { left, top } = frame.getBoundingClientRect();
  return {
    spread: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
    x: (one.clientX + other.clientX) / 2 - left,
    y: (one.clientY + other.clientY) / 2 - top,
  };
};

/** Listens on the frame until the returned function is called. */
export const listen = (frame: HTMLElement, zoomBy: ZoomBy): (() => void) => {
  const ended = new AbortController();
  const { signal } = ended;

  frame.addEventListener("focusin", followFocus, { signal });
  frame.addEventListener("wheel", onWheel(frame, zoomBy), { passive: false, signal });

  let pinch: Pinch | undefined;
  const touch = (event: TouchEvent): void => {
    pinch = event.touches.length === 2 ? pinchOf(frame, event) : undefined;
    if (pinch) event.preventDefault();
  };
  const spread = (event: TouchEvent): void => {
    if (pinch === undefined || event.touches.length !== 2) return;
    event.preventDefault();
    const [before, now] = [pinch, pinchOf(frame, event)];
    // The fingers hold the paper: it follows them, too.
    frame.scrollBy({ left: before.x - now.x, top: before.y - now.y, behavior: "instant" });
    zoomBy(now.spread / before.spread, now.x, now.y);
    pinch = now;
  };
  frame.addEventListener("touchstart", touch, { passive: false, signal });
  frame.addEventListener("touchmove", spread, { passive: false, signal });
  frame.addEventListener("touchend", touch, { passive: false, signal });

  let drag: { readonly x: number; readonly y: number; readonly left: number; readonly top: number; moved: boolean } | undefined;
  const grab = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop, moved: false };
  };
  const pull = ({ clientX, clientY }: PointerEvent): void => {
    if (drag === undefined) return;
    drag.moved ||= Math.hypot(clientX - drag.x, clientY - drag.y) > still;
    frame.scrollTo({ left: drag.left + drag.x - clientX, top: drag.top + drag.y - clientY, behavior: "instant" });
  };
  const drop = (): void => {
    if (drag?.moved) {
      // The click that follows is the end of the drag; where none follows, the next one counts again.
      const swallow = (event: MouseEvent): void => event.stopPropagation();
      frame.addEventListener("click", swallow, { capture: true, once: true, signal });
      setTimeout(() => frame.removeEventListener("click", swallow, true));
    }
    drag = undefined;
  };
  frame.addEventListener("pointerdown", grab, { signal });
  window.addEventListener("pointermove", pull, { signal });
  window.addEventListener("pointerup", drop, { signal });
  window.addEventListener("pointercancel", drop, { signal });

  return () => ended.abort();
};
