//! The results of a run: as a table, as JSON, and as a documentation page generated from nothing but that JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// One run of the tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The command that produced it, without the path of the program.
    pub command: String,
    pub machine: Machine,
    pub scenario: String,
    /// A description of the run, in a sentence or two.
    pub about: String,
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// The goal of a figure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Report {
    pub fn new(scenario: &str, about: String) -> Self {
        let words = std::env::args().skip(1);
        // The path of the JSON is irrelevant for repeating the run.
        let words = words.take_while(|word| word != "--json");
        let command = std::iter::once("chapp-load".to_owned()).chain(words);
        Self {
            command: command.collect::<Vec<_>>().join(" "),
            machine: Machine::here(),
            scenario: scenario.to_owned(),
            about,
            figures: Vec::new(),
        }
    }

    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &str) -> &mut Figure {
        self.figures.push(Figure {
            name: name.into(),
            value,
            unit: unit.to_owned(),
            goal: None,
        });
        let last = self.figures.len() - 1;
        &mut self.figures[last]
    }

    /// Adds the 50th, 99th and 99.9th percentile and the maximum of times in microseconds.
    pub fn add_times(&mut self, name: &str, times: &Histogram<u64>) {
        for (what, quantile) in [
            ("p50", 0.5),
            ("p99", 0.99),
            ("p99.9", 0.999),
            ("longest", 1.0),
        ] {
            let value = times.value_at_quantile(quantile) as f64 / 1_000.0;
            self.add(format!("{name}, {what}"), value, "ms");
        }
    }

    /// Prints the table, and writes the JSON if requested.
    pub fn publish(&self, json: Option<&Path>) -> anyhow::Result<()> {
        println!("{}: {}", self.scenario, self.about);
        for figure in &self.figures {
            let (value, unit) = (figure.shown(), &figure.unit);
            println!(
                "  {:<58} {value:>12} {unit:<10} {}",
                figure.name,
                figure.verdict()
            );
        }
        println!();
        if let Some(path) = json {
            let text = serde_json::to_string_pretty(self)?;
            fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(())
    }
}

impl Figure {
    pub fn at_most(&mut self, goal: f64) {
        self.goal = Some(Goal::AtMost(goal));
    }

    pub fn at_least(&mut self, goal: f64) {
        self.goal = Some(Goal::AtLeast(goal));
    }

    fn shown(&self) -> String {
        match self.value.abs() {
            size if size >= 1_000.0 || self.value.fract() == 0.0 => grouped(self.value),
            size if size >= 100.0 => format!("{:.0}", self.value),
            size if size >= 10.0 => format!("{:.1}", self.value),
            _ => format!("{:.2}", self.value),
        }
    }

    fn verdict(&self) -> String {
        let (is_reached, sign, goal) = match self.goal {
            None => return String::new(),
            Some(Goal::AtMost(goal)) => (self.value <= goal, '≤', goal),
            Some(Goal::AtLeast(goal)) => (self.value >= goal, '≥', goal),
        };
        let verdict = if is_reached { "reached" } else { "missed" };
        format!("{sign} {goal}: {verdict}")
    }
}

/// A whole number with thousands separators.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = if value < 0.0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The page `docs/BENCHMARKS.md`, from the JSON of several runs. Sections of an `earlier` page that were not measured
/// again are kept.
pub fn page(files: &[PathBuf], earlier: Option<&Path>) -> anyhow::Result<String> {
    let mut reports = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        reports.push(serde_json::from_str::<Report>(&text)?);
    }
    let Some(first) = reports.first() else {
        bail!("a page of nothing");
    };
    let sections = reports.iter().map(Report::section);
    let Some(earlier) = earlier else {
        return Ok(sections.fold(first.head(), |page, section| page + "\n" + &section));
    };
    let earlier = fs::read_to_string(earlier).with_context(|| format!("{}", earlier.display()))?;
    let mut parts = earlier.split("\n## ");
    let mut page = vec![parts.next().unwrap_or_default().to_owned()];
    page.extend(parts.map(|part| format!("## {part}")));
    for (report, section) in reports.iter().zip(sections) {
        let command = format!("```sh\n{}\n```", report.command);
        match page.iter_mut().find(|part| part.contains(&command)) {
            Some(part) => *part = section,
            None => page.push(section),
        }
    }
    let trimmed: Vec<_> = page.iter().map(|part| part.trim_end()).collect();
    Ok(trimmed.join("\n\n") + "\n")
}

impl Report {
    /// The part above the sections, of a page that begins with this run.
    fn head(&self) -> String {
        let Machine {
            cpu,
            cores,
            memory_gib,
            kernel,
            rust,
        } = &self.machine;
        format!(
            "# Benchmarks\n\nWritten by `make bench` from the output of its commands; not edited by hand. The load generator\n\
             (`benches/load`) runs on the same machine as the server. Delivery times count from when a message was due to be\n\
             sent, not from when it was sent. Limits per connection, person and address are off, except in `hostile`: the few\n\
             users in these runs act for thousands.\n\n\
             | Machine | |\n|---|---|\n| CPU | {cpu}, {cores} cores |\n| Memory | {memory_gib:.1} GiB |\n\
             | Kernel | Linux {kernel} |\n| Rust | {rust} |\n",
        )
    }

    /// This run's section of the page.
    fn section(&self) -> String {
        let mut section = format!(
            "## {}\n\n{}\n\n```sh\n{}\n```\n\n| | | | goal |\n|---|--:|---|---|\n",
            self.scenario, self.about, self.command,
        );
        for figure in &self.figures {
            let (value, unit) = (figure.shown(), &figure.unit);
            let (name, verdict) = (&figure.name, figure.verdict());
            // Writing to a String can't fail.
            let _ = writeln!(section, "| {name} | {value} | {unit} | {verdict} |");
        }
        section
    }
}

/// A histogram of microseconds: up to an hour, with three digits.
pub fn times() -> Histogram<u64> {
    // The bounds are constants in the right order: it can't fail.
    Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap_or_else(|_| unreachable!())
}
