// The rules of docs/UI.md that a machine can check: values come from style/tokens.css, and directions are logical.

const PHYSICAL = "A physical direction: use the logical property or value, so that right-to-left works.";
const FOUR = "Four values are physical: write -block and -inline, or the logical corners.";

/** Values that are the same in every theme. */
const KEYWORDS = ["transparent", "inherit", "currentcolor", "none", "0", "auto", "unset", "/^(Canvas|Button|Highlight|Mark|Gray|Link|Field)/"];

export default {
  referenceFiles: [new URL("../style/tokens.css", import.meta.url).pathname],
  plugins: ["stylelint-declaration-strict-value", "stylelint-use-logical"],
  rules: {
    "scale-unlimited/declaration-strict-value": [
      ["/color$/", "fill", "stroke", "box-shadow", "z-index", "font-size", "font-weight", "/radius$/", "/(duration|delay)$/"],
      {
        ignoreValues: KEYWORDS,
        ignoreFunctions: true,
        expandShorthand: true,
        disableFix: true,
        message: "Expected a token of tokens.css for ${value} of ${property}",
      },
    ],
    // Also inside shorthands, gradients and custom properties.
    "color-no-hex": true,
    "color-named": "never",
    "function-disallowed-list": [
      ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "light-dark", "cubic-bezier", "translateX", "translate3d"],
      { message: (name) => `Unexpected ${name}(): colours and curves are defined in tokens.css, and translateX is physical` },
    ],
    "declaration-property-value-disallowed-list": [
      {
        "/^(animation|transition)/": ["/(^|[\\s,])[\\d.]+m?s\\b/"],
        "/^--/": ["/(^|[\\s,])[\\d.]+m?s\\b/"],
        "/^(padding|margin|inset|border-width|border-style|border-color|scroll-padding|scroll-margin)$/": ["/^((calc|min|max|var|env)\\((?:[^()]|\\((?:[^()]|\\([^()]*\\))*\\))*\\)|\\S+)(\\s+((calc|min|max|var|env)\\((?:[^()]|\\((?:[^()]|\\([^()]*\\))*\\))*\\)|\\S+)){3}$/"],
        "border-radius": ["/^[^(]*\\s/"],
        "/(radius|shadow)$/": ["/\\d(px|rem|em|%)/"],
        "/^(text-align|float|clear|caption-side|justify-content|justify-self|justify-items)$/": ["left", "right"],
        filter: ["/brightness|drop-shadow/"],
      },
      { message: (property, value) => `Unexpected "${property}: ${value}": durations, curves and shadows are tokens. ${FOUR} ${PHYSICAL}` },
    ],
    "csstools/use-logical": ["always", { except: ["width", "height", /^(min|max)-(width|height)$/, /^(overflow|overscroll)/, "resize", "text-align"] }],
    "no-unknown-custom-properties": true,
  },
  overrides: [
    {
      files: ["**/tokens.css"],
      rules: {
        "scale-unlimited/declaration-strict-value": null,
        "color-no-hex": null,
        "color-named": null,
        "function-disallowed-list": null,
        "declaration-property-value-disallowed-list": null,
      },
    },
  ],
};
