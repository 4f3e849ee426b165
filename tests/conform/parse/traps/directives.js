// a licence
/* another
   one */ "use strict"; 'use client' ; "use\x20server"
"not" + "a directive";
"use late";
import "./side.js";
