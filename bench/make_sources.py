#!/usr/bin/env python3
"""Writes a made-up service of a given size, to see how a scan's time grows with the lines it reads.

    make_sources.py FOLDER LINES

A third each of TypeScript, Python and Rust. Every module has a class that keeps a map, imports its neighbours and
answers routes, so that the analysis has calls to follow and state to judge.
"""

import pathlib
import sys

TYPESCRIPT = """\
import express from "express";
import {{ {other}Store, load{other} }} from "./{other_file}";

export interface {name}Item {{
  id: string;
  owner: string;
  amount: number;
  seen?: Date;
}}

const recent{name} = new Map<string, {name}Item>();
const limits: Record<string, number> = {{ small: 10, large: 1000 }};

export class {name}Store {{
  private items = new Map<string, {name}Item>();
  private waiting: string[] = [];
  constructor(private readonly next: {other}Store | null) {{}}

  put(item: {name}Item): boolean {{
    if (item.amount > limits.large) return false;
    this.items.set(item.id, item);
    this.waiting.push(item.id);
    recent{name}.set(item.owner, item);
    return true;
  }}

  async take(id: string): Promise<{name}Item | undefined> {{
    const item = this.items.get(id);
    if (!item) return undefined;
    this.items.delete(id);
    if (this.next && item.amount < limits.small) await this.next.drop(item.owner);
    return {{ ...item, seen: new Date() }};
  }}

  async drop(owner: string): Promise<number> {{
    let dropped = 0;
    for (const [id, item] of this.items) {{
      if (item.owner !== owner) continue;
      this.items.delete(id);
      dropped += 1;
    }}
    return dropped;
  }}
}}

export async function load{name}(store: {name}Store, ids: string[]) {{
  const found = await Promise.all(ids.map((id) => store.take(id)));
  return found.filter((item) => item !== undefined).map((item) => `${{item.id}}:${{item.amount}}`);
}}

export const router{name} = express.Router();
const store{name} = new {name}Store(null);
router{name}.post("/{path}/items", async (req, res) => {{
  const kept = store{name}.put(req.body);
  if (!kept) return res.status(422).json({{ error: "too large" }});
  res.status(201).json({{ size: recent{name}.size }});
}});
router{name}.get("/{path}/items/:id", async (req, res) => {{
  const item = await store{name}.take(req.params.id);
  const others = await load{other}(new {other}Store(null), [req.params.id]);
  res.json({{ item, others }});
}});
"""

PYTHON = """\
import logging
import threading
from dataclasses import dataclass, field
from typing import Dict, List, Optional

from fastapi import APIRouter, HTTPException

from app.{other_file} import {other}Store, load_{other_file}

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/{path}")
_recent: Dict[str, "{name}Item"] = {{}}
_lock = threading.Lock()


@dataclass
class {name}Item:
    id: str
    owner: str
    amount: int = 0
    tags: List[str] = field(default_factory=list)


class {name}Store:
    def __init__(self, following: Optional[{other}Store] = None):
        self.items: Dict[str, {name}Item] = {{}}
        self.waiting = []
        self.following = following

    def put(self, item: {name}Item) -> bool:
        if item.amount > 1000:
            logger.warning("%s of %s is too large", item.id, item.owner)
            return False
        with _lock:
            self.items[item.id] = item
            self.waiting.append(item.id)
            _recent[item.owner] = item
        return True

    def take(self, key: str) -> Optional[{name}Item]:
        item = self.items.pop(key, None)
        if item is None:
            return None
        if self.following is not None and item.amount < 10:
            self.following.drop(item.owner)
        return item

    def drop(self, owner: str) -> int:
        old = [key for key, item in self.items.items() if item.owner == owner]
        for key in old:
            del self.items[key]
        return len(old)


def load_{file}(store: {name}Store, keys: List[str]) -> List[str]:
    found = (store.take(key) for key in keys)
    return [f"{{item.id}}:{{item.amount}}" for item in found if item]


store = {name}Store()


@router.post("/items")
async def add_item(item: {name}Item):
    if not store.put(item):
        raise HTTPException(status_code=422, detail="too large")
    return {{"size": len(_recent)}}


@router.get("/items/{{key}}")
async def read_item(key: str):
    item = store.take(key)
    return {{"item": item, "others": load_{other_file}({other}Store(), [key])}}
"""

RUST = """\
use std::collections::HashMap;
use std::sync::{{Arc, Mutex}};

use axum::{{extract::{{Path, State}}, routing::get, Json, Router}};
use serde::{{Deserialize, Serialize}};

use crate::{other_file}::{other}Store;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct {name}Item {{
    pub id: String,
    pub owner: String,
    pub amount: u64,
}}

#[derive(Default)]
pub struct {name}Store {{
    items: Mutex<HashMap<String, {name}Item>>,
    waiting: Mutex<Vec<String>>,
    next: Option<Arc<{other}Store>>,
}}

impl {name}Store {{
    pub fn new(next: Option<Arc<{other}Store>>) -> Self {{
        Self {{ items: Mutex::new(HashMap::new()), waiting: Mutex::new(Vec::new()), next }}
    }}

    pub fn put(&self, item: {name}Item) -> bool {{
        if item.amount > 1000 {{
            tracing::warn!(id = %item.id, "too large: {{}}", item.amount);
            return false;
        }}
        self.waiting.lock().unwrap().push(item.id.clone());
        self.items.lock().unwrap().insert(item.id.clone(), item);
        true
    }}

    pub fn take(&self, id: &str) -> Option<{name}Item> {{
        let item = self.items.lock().unwrap().remove(id)?;
        if let Some(next) = &self.next {{
            if item.amount < 10 {{
                next.forget(&item.owner);
            }}
        }}
        Some(item)
    }}

    pub fn forget(&self, owner: &str) -> usize {{
        let mut items = self.items.lock().unwrap();
        let before = items.len();
        items.retain(|_, item| item.owner != owner);
        before - items.len()
    }}
}}

async fn read(State(store): State<Arc<{name}Store>>, Path(id): Path<String>) -> Json<Option<{name}Item>> {{
    Json(store.take(&id))
}}

async fn add(State(store): State<Arc<{name}Store>>, Json(item): Json<{name}Item>) -> String {{
    match store.put(item) {{
        true => format!("kept {{}}", store.items.lock().unwrap().len()),
        false => "too large".to_string(),
    }}
}}

pub fn routes() -> Router {{
    let store = Arc::new({name}Store::new(None));
    Router::new().route("/{path}/items/:id", get(read).post(add)).with_state(store)
}}
"""

WORDS = ["order", "invoice", "session", "ticket", "report", "member", "cart", "upload", "device", "payment"]
KINDS = [(TYPESCRIPT, "web/src", ".ts"), (PYTHON, "api/app", ".py"), (RUST, "worker/src", ".rs")]
NEIGHBOURHOOD = 20  # modules that import each other in a ring


def names(number):
    word = WORDS[number % len(WORDS)]
    return f"{word.capitalize()}{number}", f"{word}_{number}"


def neighbour(number):
    first = number - number % NEIGHBOURHOOD
    return first + (number - first + 1) % NEIGHBOURHOOD


def write(root, lines):
    written = 0
    modules = []
    number = 0
    while written < lines:
        template, folder, ending = KINDS[number // NEIGHBOURHOOD % len(KINDS)]
        name, file = names(number)
        other, other_file = names(neighbour(number))
        text = template.format(name=name, file=file, other=other, other_file=other_file, path=file.replace("_", "/"))
        path = root / folder / (file + ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written += text.count("\n")
        modules.append((folder, file, name))
        number += 1

    def listed(folder, form):
        return "".join(form.format(file=file, name=name) for where, file, name in modules if where == folder)

    (root / "web/package.json").write_text('{"name": "web", "main": "src/index.ts", "dependencies": {"express": "4"}}\n')
    (root / "web/src/index.ts").write_text(
        'import express from "express";\n'
        + listed("web/src", 'import {{ router{name} }} from "./{file}";\n')
        + "const app = express();\n"
        + listed("web/src", "app.use(router{name});\n")
        + "app.listen(3000);\n")
    if (root / "api/app").exists():
        (root / "api/pyproject.toml").write_text('[project]\nname = "api"\ndependencies = ["fastapi"]\n')
        (root / "api/app/__init__.py").write_text("")
        (root / "api/app/main.py").write_text(
            "from fastapi import FastAPI\n"
            + listed("api/app", "from app import {file}\n")
            + "app = FastAPI()\n"
            + listed("api/app", "app.include_router({file}.router)\n"))
    if (root / "worker/src").exists():
        (root / "worker/Cargo.toml").write_text('[package]\nname = "worker"\n[dependencies]\naxum = "0.7"\n')
        (root / "worker/src/main.rs").write_text(
            listed("worker/src", "mod {file};\n")
            + "#[tokio::main]\nasync fn main() {\n    let app = axum::Router::new();\n"
            + listed("worker/src", "    let app = app.merge({file}::routes());\n")
            + '    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();\n'
            + "    axum::serve(listener, app).await.unwrap();\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_sources.py FOLDER LINES")
    write(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
