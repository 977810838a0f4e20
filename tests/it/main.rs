//! All integration tests, in one binary. Each room adds its own file.

#[cfg(test)]
mod ablation;
#[cfg(test)]
mod again;
#[cfg(test)]
mod again_as_recorded;
#[cfg(test)]
mod again_from_before;
#[cfg(test)]
mod again_midst;
#[cfg(test)]
mod again_notes;
#[cfg(test)]
mod align;
#[cfg(test)]
mod align_ours;
#[cfg(test)]
mod align_store;
#[cfg(test)]
mod alone;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod baselines;
#[cfg(test)]
mod bundle;
#[cfg(all(test, target_os = "linux"))]
#[cfg(test)]
mod cameras;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod cli_json;
#[cfg(test)]
mod cli_odd;
#[cfg(test)]
mod cli_record;
#[cfg(all(test, target_os = "linux"))]
mod desktop;
#[cfg(test)]
mod encoder;
#[cfg(test)]
mod encoder_killed;
mod encoder_training;
mod examples;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod fakes;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod gate_run;
#[cfg(test)]
mod guesses;
#[cfg(test)]
mod host_speed;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod import;
#[cfg(test)]
mod language;
#[cfg(test)]
mod latent_map;
#[cfg(test)]
mod live;
#[cfg(test)]
mod live_judging;
mod live_moments;
#[cfg(test)]
mod live_orders;
#[cfg(test)]
mod live_phrases;
#[cfg(test)]
mod live_recording;
#[cfg(test)]
mod live_slow_disk;
#[cfg(test)]
mod live_transport;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod motion;
#[cfg(test)]
mod ntu_tree;
#[cfg(test)]
mod prepare;
#[cfg(test)]
mod recognizer;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod recording_damage;
#[cfg(test)]
mod recording_reader;
#[cfg(test)]
mod release;
#[cfg(test)]
mod segments;
mod sides;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod table1;
#[cfg(test)]
mod table1_made;
mod tables;
#[cfg(test)]
mod ui;
#[cfg(test)]
mod window;
#[cfg(test)]
mod wire;
