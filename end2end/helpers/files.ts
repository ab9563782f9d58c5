// Files for tests, made in memory.

import { deflateSync } from "node:zlib";

import type { Locator, Page } from "@playwright/test";

/** A file as Playwright's inputs take it. */
export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** The checksum of a PNG's parts. */
function crc32(data: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** All of these, one after the other. */
function joined(...parts: Iterable<number>[]): Buffer {
  return Buffer.from(parts.flatMap((part) => [...part]));
}

/** A PNG of this size, of one colour. */
export function png(name: string, width: number, height: number, colour = [31, 101, 82]): TestFile {
  const chunk = (kind: string, data: Buffer) => {
    const body = joined(Buffer.from(kind), data);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return joined(length, body, sum);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const line = [0, ...Array.from({ length: width }, () => colour).flat()];
  const pixels = Buffer.from(Array.from({ length: height }, () => line).flat());
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(pixels as unknown as Uint8Array<ArrayBuffer>)), chunk("IEND", Buffer.alloc(0))];
  return { name, mimeType: "image/png", buffer: joined(signature, ...parts) };
}

/** Bytes of no kind, all different. */
export function bytes(name: string, size: number): TestFile {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) buffer[at] = ((at * 7 + (at >> 8)) % 251) | 0x80;
  return { name, mimeType: "application/octet-stream", buffer };
}

/** Attaches files by the button. */
export async function attach(page: Page, ...files: TestFile[]): Promise<void> {
  await page.getByLabel("Attach files").setInputFiles(files);
}

/** Drops or pastes a file on an element, as the browser does. */
export async function hand(target: Locator, event: "drop" | "paste", file: TestFile): Promise<void> {
  const data = file.buffer.toString("base64");
  await target.evaluate(
    (element, { event, data, name, type }) => {
      const content = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name, { type }));
      const options = { bubbles: true, cancelable: true };
      if (event === "drop") {
        element.dispatchEvent(new DragEvent("dragover", { ...options, dataTransfer: transfer }));
        element.dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: transfer }));
      } else {
        element.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: transfer }));
      }
    },
    { event, data, name: file.name, type: file.mimeType },
  );
}

/** The files in the tray. */
export function tray(page: Page): Locator {
  return page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
}
