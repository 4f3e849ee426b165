#!/usr/bin/env node
"use strict";
'use client'
import "./side.js";
