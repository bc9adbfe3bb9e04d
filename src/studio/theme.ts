/** Light, dark, or as the reader's system has it; remembered where the browser allows it. */

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "chainrule-theme";

export const nextTheme = (theme: Theme): Theme => themes[(themes.indexOf(theme) + 1) % themes.length]!;

export const storedTheme = (): Theme => {
  try {
    const stored = localStorage.getItem(key);
    return themes.find((theme) => theme === stored) ?? "auto";
  } catch {
    return "auto";
  }
};

export const applyTheme = (theme: Theme): void => {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Some browsers keep nothing for a page that they do not trust; the theme then lasts as long as the page.
  }
};
