/** A value that changes often, taken over at most every so many milliseconds; the last one always comes through. */
import { useEffect, useRef, useState } from 'react';

export function useCalm<T>(value: T, everyMs: number): T {
  const [calm, setCalm] = useState(value);
  const takenAt = useRef(-Infinity);
  useEffect(() => {
    const wait = takenAt.current + everyMs - performance.now();
    const take = (): void => {
      takenAt.current = performance.now();
      setCalm(() => value);
    };
    if (wait <= 0) return take();
    const timer = setTimeout(take, wait);
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return calm;
}
