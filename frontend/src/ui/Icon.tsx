const PATHS = {
  upload: "M12 16V5m0 0L7.5 9.500M12 5l4.5 4.500M4 16v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2",
  folder: "M3 7a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  search: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zm9 2-4-4",
  check: "m5 12.5 4.5 4.500L19 7.5",
  cross: "M6 6l12 12M18 6 6 18",
  retry: "M4 12a8 8 0 1 0 2.5-5.800M4 4v4.500h4.5",
  pause: "M9 6v12M15 6v12",
  play: "M8 5.500v13l10.5-6.500z",
  stop: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM9 9h6v6H9z",
  trash: "M4 7h16M9.5 7V4.500h5V7M6 7l1 13h10l1-13M10 11v5M14 11v5",
  warning: "M12 4 2.8 20h18.400zM12 10v4.500M12 17.500v.01",
  clock: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zm0-14v5l3 2",
  download: "M12 4v11m0 0 4.5-4.500M12 15l-4.5-4.500M4 20h16",
  unity_package: "M12 3 4 7.500v9L12 21l8-4.500v-9zM4 7.500l8 4.5 8-4.500M12 12v9",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17M15 9.500v.01",
  video: "M4 6h11v12H4zM15 10.5 20.5 7v10L15 13.5",
  audio: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  model3d: "M12 3 4 7.500v9L12 21l8-4.500v-9zM12 3v9m0 0 8 4.500M12 12l-8 4.5",
  archive: "M4 4h16v5H4zM5.5 9v11h13V9M10 13h4",
  document: "M6 3h8l4.5 4.500V21H6zM14 3v5h4.500M9 13h6M9 16.500h6",
  other: "M6 3h8l4.5 4.500V21H6zM14 3v5h4.5",
  sun: "M12 16.500a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9zM12 2.500v2m0 15v2M2.5 12h2m15 0h2M5.3 5.300l1.4 1.400m10.6 10.6 1.4 1.400m0-13.4-1.4 1.400M6.7 17.300l-1.4 1.4",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500z",
  contrast: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zm0-18v18M12 7.500h7.500M12 12h9M12 16.500h7.5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.500v2.500",
  leave: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  bell: "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.5 1.500h-15zM10 20.500h4",
  person: "M12 12.500a4 4 0 1 1 0-8 4 4 0 0 1 0 8zM4.5 20c.6-3.6 3.6-5.500 7.5-5.500s6.9 1.900 7.5 5.500",
  people: "M9 12a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7zM2.5 19c.5-3.200 3-5 6.5-5s6 1.800 6.5 5M15.5 5.200a3.5 3.5 0 0 1 0 6.600M18 14.500c1.9.7 3.1 2.300 3.500 4.500",
  key: "M8 16.500a4.5 4.5 0 1 1 3.9-6.700L21 9.800v3h-2.500v2.500h-3v-2.500h-2.900A4.500 4.500 0 0 1 8 16.500zM7.5 12v.01",
  eye: "M2.5 12S6 5.500 12 5.500 21.5 12 21.5 12 18 18.500 12 18.500 2.5 12 2.5 12zm9.5 2.500a2.5 2.5 0 1 1 0-5 2.500 2.500 0 0 1 0 5z",
  more: "M5.500 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0zm6 0a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0zm6 0a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0z",
  chat: "M4 5h16v11h-9l-4 4v-4H4z",
  arrow: "M5 12h14m0 0-5-5m5 5-5 5",
  pencil: "M4 20l1-4.500L16 4.500l3.5 3.500L8.500 19zM13.5 7l3.5 3.500",
  back: "M9 6 4.500 10.500 9 15M5 10.500h9a5.500 5.500 0 0 1 0 11h-3",
  down: "m6 9.500 6 6 6-6",
  plus: "M12 5v14M5 12h14",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  stepback: "M15 6l-7 6 7 6M5 6v12",
  stepforth: "M9 6l7 6-7 6M19 6v12",
  region: "M4 8V5h3m10 0h3v3m0 8v3h-3M7 19H4v-3M9 9h6v6H9z",
  keyboard: "M3 7h18v10H3zM6.5 10.500v.01M10 10.500v.01M14 10.500v.01M17.5 10.500v.01M8 14h8",
  offline: "M3 3l18 18M8.5 16a5 5 0 0 1 5-1.400M5.5 12.500a9 9 0 0 1 4-2.300M2.5 9A14 14 0 0 1 7 6.300m6-1.200A14 14 0 0 1 21.5 9m-5 2a9 9 0 0 1 2 1.500M12 19.500v.01",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words that say the same, so it is hidden from screen readers. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function kindIcon(kind: string): IconName {
  return kind in PATHS ? (kind as IconName) : "other";
}
