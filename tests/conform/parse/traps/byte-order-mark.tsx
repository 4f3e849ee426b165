"use client";
import a from "./a.js";
export default a;
