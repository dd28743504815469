/** The words that generated products are made of; each list begins with what is most common. The same at each call. */
export interface Vocabulary {
  readonly brands: readonly string[];
  readonly colours: readonly string[];
  readonly materials: readonly string[];
  readonly things: readonly string[];
  readonly sentences: readonly string[];
  readonly categories: readonly string[];
}

export const colours = 'black white grey red blue green silver brown yellow ivory orange violet teal amber'.split(' ');
export const materials =
  'steel cotton oak glass ceramic leather linen walnut wool brass bamboo copper marble cork slate paper'.split(' ');
export const things =
  `lamp chair table shelf mug plate blanket pillow basket clock mirror vase candle tray bowl stool bench rack brush
  towel jug pan kettle knife bottle drawer cabinet desk sofa rug curtain cushion frame hook ladder lantern pitcher platter quilt
  saucepan skillet spatula teapot toaster umbrella wardrobe whisk backpack wallet apron`.split(/\s+/);
const categories =
  `Kitchen Living Bedroom Lighting Storage Garden Office Bath Dining Textiles Decoration Outdoor Workshop Travel
  Children Pets Cleaning Hallway Tableware Seasonal`.split(/\s+/);
const plain =
  `with for and the home every day made of solid hand finished easy to clean dishwasher safe warm light quiet design small
  large fits under bed wall classic modern natural soft durable gift set matching cover included two year guarantee`.split(
    /\s+/,
  );
const syllables =
  'ba be bo da de do fa fe ka ke ko la le lo ma me mo na ne no ra re ro sa se so ta te to va ve vo'.split(' ');

export function createVocabulary(seed = 7): Vocabulary {
  const random = seeded(seed);
  const word = (parts: number) => Array.from({ length: parts }, () => pick(syllables, random())).join('');
  const brands = Array.from({ length: 800 }, (_, n) => capital(word(2 + (n % 3))));
  const rare = Array.from({ length: 2_000 }, (_, n) => word(3 + (n % 2)));
  const said = [plain, rare, things, plain, rare, materials, rare];
  const sentence = () =>
    capital(Array.from({ length: 8 }, (_, n) => skewed(said[n % said.length] ?? plain, random())).join(' '));
  return { brands, colours, materials, things, sentences: Array.from({ length: 3_000 }, sentence), categories };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function pick(words: readonly string[], at: number): string {
  return words[Math.floor(at * words.length)] ?? '';
}

/** The first word comes most often, the others as often as their place says: half, a third, a quarter of that. */
function skewed(words: readonly string[], at: number): string {
  return words[Math.floor((words.length + 1) ** at) - 1] ?? '';
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
