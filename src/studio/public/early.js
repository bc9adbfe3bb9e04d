// Before the first picture: the reader's theme, and no drawing that the address does not ask for.
"use strict";
{
  const { dataset } = document.documentElement;
  if (location.hash !== "" || location.search !== "") dataset.waits = "";
  try {
    const theme = localStorage.getItem("chainrule-theme");
    if (theme === "light" || theme === "dark") dataset.theme = theme;
  } catch {
    // Then it is as the system has it.
  }
}
