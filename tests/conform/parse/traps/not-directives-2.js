("use client");
"use server"
, 1;
export {};
