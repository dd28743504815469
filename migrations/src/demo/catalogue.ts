/** A category of the demo shop, with what is sold in it: item, what it is good for, and the price of its plainest kind in cents. */
interface DemoCategory {
  readonly name: string;
  readonly description: string;
  readonly prefix: string;
  /** Three kinds of each item, the dearer the later. */
  readonly kinds: readonly [string, string, string];
  readonly items: readonly (readonly [name: string, use: string, cents: number])[];
}

export interface DemoProduct {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly cents: number;
  readonly stock: number;
  readonly category: string;
}

const kindMarkup = [1, 1.35, 1.9] as const;

/** Every product of the demo shop, the same at each call. */
export function demoProducts(): DemoProduct[] {
  return demoCategories.flatMap((category) =>
    category.items.flatMap(([item, use, cents], number) =>
      category.kinds.map((kind, grade) => ({
        sku: `${category.prefix}-${String(number + 1).padStart(2, '0')}${'ABC'[grade]}`,
        name: `${kind} ${item}`,
        description: `${kind} ${item} ${use}.`,
        cents: Math.round((cents * (kindMarkup[grade] ?? 1)) / 10) * 10 - 1,
        stock: 20 + ((number * 37 + grade * 53) % 180),
        category: category.name,
      })),
    ),
  );
}

export const demoCategories: readonly DemoCategory[] = [
  {
    name: 'Lighting',
    description: 'Lamps for desks, ceilings and dark corners',
    prefix: 'LGT',
    kinds: ['Brass', 'Linen', 'Smoked glass'],
    items: [
      ['desk lamp', 'with an arm that stays where you put it', 3490],
      ['floor lamp', 'that lights a chair and not the ceiling', 8990],
      ['pendant', 'to hang low over a table', 5990],
      ['wall light', 'for stairs and corridors', 4490],
      ['reading light', 'that clips to a shelf', 1990],
      ['night light', 'with a warm glow', 1290],
      ['string lights', 'for balconies, five metres long', 1590],
      ['lantern', 'for candles, safe in the wind', 2490],
      ['spotlight', 'that turns in every direction', 2990],
      ['bedside lamp', 'with a dimmer', 3290],
    ],
  },
  {
    name: 'Kitchen',
    description: 'Tools that cooks keep for years',
    prefix: 'KIT',
    kinds: ['Steel', 'Copper', 'Cast iron'],
    items: [
      ['kettle', 'that pours without dripping', 2990],
      ['frying pan', 'for eggs and everything after', 3990],
      ['saucepan', 'with a lid and a measuring scale', 3490],
      ['stock pot', 'that holds eight litres', 5990],
      ['colander', 'that stands by itself', 1990],
      ['mixing bowl', 'with a grip at the bottom', 1690],
      ['grater', 'with four sides', 1290],
      ['ladle', 'of one cup', 990],
      ['baking tray', 'with a rim', 1490],
      ['tea infuser', 'for one pot', 790],
    ],
  },
  {
    name: 'Tableware',
    description: 'For breakfast, and for when guests come',
    prefix: 'TBL',
    kinds: ['White', 'Speckled', 'Hand-glazed'],
    items: [
      ['dinner plate', 'that fits a dishwasher', 1290],
      ['soup bowl', 'with a wide rim', 1190],
      ['mug', 'that holds a third of a litre', 990],
      ['espresso cup', 'with its saucer', 1090],
      ['serving dish', 'for six', 2990],
      ['water jug', 'with a lip that pours well', 2490],
      ['sugar bowl', 'with a lid', 1490],
      ['egg cup', 'with a plate for the shell', 690],
      ['teapot', 'for four cups', 3490],
      ['salad bowl', 'for the middle of the table', 2790],
    ],
  },
  {
    name: 'Garden',
    description: 'For beds, balconies and backyards',
    prefix: 'GRD',
    kinds: ['Simple', 'Galvanised', 'Ash-handled'],
    items: [
      ['trowel', 'for pots and borders', 990],
      ['hand fork', 'that loosens roots', 1090],
      ['watering can', 'of nine litres', 2290],
      ['plant pot', 'with a saucer', 1290],
      ['pruning shears', 'for branches as thick as a thumb', 2490],
      ['rake', 'for leaves', 1990],
      ['spade', 'with a tread', 3490],
      ['bucket', 'with a scale inside', 1490],
      ['hose reel', 'for twenty metres', 4990],
      ['bird feeder', 'that squirrels leave alone', 1790],
    ],
  },
  {
    name: 'Books',
    description: 'Paper to read, and paper to write on',
    prefix: 'BOK',
    kinds: ['Pocket', 'Clothbound', 'Illustrated'],
    items: [
      ['atlas of rivers', 'with forty maps', 2490],
      ['bread book', 'with recipes from ten countries', 1990],
      ['field guide to birds', 'for beginners', 1890],
      ['history of clocks', 'from sundials to atoms', 2290],
      ['book of knots', 'for sailors and climbers', 1590],
      ['garden almanac', 'for a whole year', 1790],
      ['chess primer', 'in a hundred lessons', 1690],
      ['star chart book', 'for both hemispheres', 2190],
      ['collection of riddles', 'for long journeys', 1290],
      ['notebook', 'with dotted pages', 990],
    ],
  },
  {
    name: 'Toys',
    description: 'For children, and those who were',
    prefix: 'TOY',
    kinds: ['Small', 'Wooden', 'Painted'],
    items: [
      ['train set', 'with a bridge', 3490],
      ['building blocks', 'in a bag of sixty', 2490],
      ['spinning top', 'that hums', 790],
      ['puzzle', 'of a hundred pieces', 1290],
      ['marble run', 'that can be built in many ways', 2990],
      ['kite', 'for light winds', 1990],
      ['doll house', 'with three rooms', 5990],
      ['memory game', 'with animals', 1190],
      ['xylophone', 'that is in tune', 1890],
      ['yo-yo', 'for tricks', 690],
    ],
  },
  {
    name: 'Office',
    description: 'For work that is done sitting',
    prefix: 'OFC',
    kinds: ['Plain', 'Recycled', 'Leather'],
    items: [
      ['desk pad', 'that keeps the table clean', 1990],
      ['pen tray', 'with five compartments', 1490],
      ['document box', 'for a thousand sheets', 1290],
      ['letter opener', 'with a blunt point', 990],
      ['mouse pad', 'that does not slip', 890],
      ['paper tray', 'that stacks', 1590],
      ['card holder', 'for thirty cards', 1190],
      ['planner', 'for twelve months', 1690],
      ['bookend', 'in a pair', 1790],
      ['cable box', 'that hides six plugs', 1390],
    ],
  },
  {
    name: 'Bath',
    description: 'For the room with the best door',
    prefix: 'BTH',
    kinds: ['Cotton', 'Bamboo', 'Organic'],
    items: [
      ['hand towel', 'that dries fast', 890],
      ['bath towel', 'large enough to wrap in', 1990],
      ['bath mat', 'that stays in place', 1690],
      ['soap dish', 'with a drain', 790],
      ['laundry basket', 'with handles', 2990],
      ['wash cloth', 'in a set of three', 690],
      ['back brush', 'with a long handle', 1190],
      ['bathrobe', 'with two pockets', 4990],
      ['toothbrush cup', 'for two', 890],
      ['shelf', 'for towels and bottles', 3490],
    ],
  },
  {
    name: 'Textiles',
    description: 'Soft things for hard chairs',
    prefix: 'TXT',
    kinds: ['Cotton', 'Linen', 'Wool'],
    items: [
      ['cushion', 'with a cover that can be washed', 1990],
      ['blanket', 'for one and a half people', 4490],
      ['table runner', 'two metres long', 1890],
      ['curtain', 'that keeps the morning out', 3990],
      ['apron', 'with a loop for a towel', 1790],
      ['tea towel', 'in a pair', 990],
      ['bedspread', 'for a double bed', 6990],
      ['rug', 'that lies flat', 8990],
      ['napkin', 'in a set of four', 1290],
      ['seat pad', 'with ties', 1490],
    ],
  },
  {
    name: 'Tools',
    description: 'For repairs on a Sunday',
    prefix: 'TLS',
    kinds: ['Household', 'Workshop', 'Forged'],
    items: [
      ['hammer', 'that balances well', 1490],
      ['screwdriver set', 'with six blades', 1990],
      ['hand saw', 'for wood', 1790],
      ['pliers', 'with a cutter', 1390],
      ['spirit level', 'of sixty centimetres', 1690],
      ['tape measure', 'of five metres', 890],
      ['clamp', 'in a pair', 1290],
      ['file', 'for metal', 990],
      ['chisel', 'with a guard', 1190],
      ['tool box', 'with a tray', 3490],
    ],
  },
  {
    name: 'Travel',
    description: 'For a weekend or a year',
    prefix: 'TRV',
    kinds: ['Canvas', 'Waxed', 'Recycled'],
    items: [
      ['backpack', 'of twenty litres', 5990],
      ['weekend bag', 'that fits under a seat', 7990],
      ['wash bag', 'with a hook', 2290],
      ['packing cube', 'in a set of three', 1990],
      ['passport cover', 'with two pockets', 1290],
      ['shoe bag', 'that breathes', 990],
      ['belt pouch', 'for keys and coins', 1790],
      ['luggage tag', 'that can be read', 590],
      ['laptop sleeve', 'with a soft lining', 2490],
      ['rain cover', 'for a pack', 1490],
    ],
  },
  {
    name: 'Coffee and tea',
    description: 'What is in the cup',
    prefix: 'COF',
    kinds: ['Everyday', 'Single-origin', 'Reserve'],
    items: [
      ['espresso beans', 'of half a kilogram', 1290],
      ['filter coffee', 'ground for paper filters', 1090],
      ['decaffeinated beans', 'that taste of coffee', 1390],
      ['green tea', 'of the first harvest', 990],
      ['black tea', 'that takes milk', 790],
      ['herbal tea', 'with verbena and mint', 690],
      ['white tea', 'with a light cup', 1490],
      ['rooibos', 'with orange peel', 790],
      ['cold brew pouch', 'in a pack of six', 1190],
      ['cocoa', 'for hot milk', 890],
    ],
  },
];
